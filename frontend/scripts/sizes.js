/** What the browser loads for each page: its entry, the shell's entries and every chunk that they import, compressed. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../../public/dist/", import.meta.url);
const SHELL = ["fontAwesome", "main", "globalAlert", "notificationCounter"].map((name) => `${name}.bundle.js`);

/** @param {string} file @param {Set<string>} found */
function withImports(file, found) {
  if (found.has(file)) return;
  found.add(file);
  for (const [, imported] of readFileSync(new URL(file, dist), "utf8").matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) withImports(imported, found);
}

/** @param {Iterable<string>} files */
const kilobytes = (files) => ([...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0) / 1000).toFixed(1).padStart(7);

const shell = new Set(["style.css"]);
for (const file of SHELL) withImports(file, shell);
console.log(`${kilobytes(shell)} kB  the shell, with style.css`);
for (const file of readdirSync(dist).filter((name) => name.endsWith(".bundle.js") && !SHELL.includes(name))) {
  const own = new Set();
  withImports(file, own);
  console.log(`${kilobytes(new Set([...shell, ...own]))} kB  ${file}, ${kilobytes([...own].filter((name) => !shell.has(name))).trim()} kB of it beyond the shell`);
}
const chunks = readdirSync(dist).filter((name) => name.endsWith(".js") && !name.endsWith(".bundle.js"));
const largest = chunks.map((name) => ({ name, size: gzipSync(readFileSync(new URL(name, dist))).length })).sort((a, b) => b.size - a.size).slice(0, 5);
console.log(`largest chunks: ${largest.map(({ name, size }) => `${name} ${(size / 1000).toFixed(1)} kB`).join(", ")}`);
