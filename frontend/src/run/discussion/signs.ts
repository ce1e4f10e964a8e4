/** What people can react with: the names that the server knows, as signs and in words. */
export const SIGNS: Record<string, [sign: string, words: string]> = {
  "+1": ["👍", "Agreed"],
  "-1": ["👎", "Not so"],
  eyes: ["👀", "Looking into it"],
  heart: ["❤️", "Thanks"],
  tada: ["🎉", "Solved"],
  confused: ["😕", "Puzzled"],
};
