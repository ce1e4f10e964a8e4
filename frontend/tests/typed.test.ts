import { afterEach, describe, expect, test, vi } from "vitest";
import { keepTyped } from "../src/lib/typed";

const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent => {
  const event = new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...more });
  document.body.dispatchEvent(event);
  return event;
};

describe("what is typed while a field is fetched", () => {
  const shortcut = vi.fn();
  afterEach(() => removeEventListener("keydown", shortcut));

  test("is kept, corrected, and reaches no shortcut", () => {
    addEventListener("keydown", shortcut);
    const typed = keepTyped();
    for (const key of ["a", "b", "Backspace", " ", "c"]) expect(press(key).defaultPrevented).toBe(true);
    expect(shortcut).not.toHaveBeenCalled();
    expect(typed()).toBe("a c");
    expect(press("d").defaultPrevented).toBe(false);
    expect(shortcut).toHaveBeenCalledOnce();
    expect(typed()).toBe("a c");
  });

  test("is no combination and no key without a sign", () => {
    const typed = keepTyped();
    for (const event of [press("k", { ctrlKey: true }), press("v", { metaKey: true }), press("Escape"), press("Tab")]) expect(event.defaultPrevented).toBe(false);
    expect(typed()).toBe("");
  });
});
