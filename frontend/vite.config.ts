import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Every file of src/entries is one bundle; the page templates know the names (/s/dist/<name>.bundle.js). */
const entries = Object.fromEntries(
  readdirSync(`${here}src/entries`).map((file) => [file.replace(/\.ts$/, ""), `${here}src/entries/${file}`]),
);

export default defineConfig({
  base: "/s/dist/",
  publicDir: false,
  plugins: [svelte()],
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  build: {
    outDir: "../public/dist",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: entries,
      preserveEntrySignatures: false,
      checks: { pluginTimings: false },
      output: {
        entryFileNames: "[name].bundle.js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name][extname]",
        // what is always loaded together is one file: of all pages, of the run page, of boards; the rest is split by page and by tab
        codeSplitting: {
          groups: [
            // not what only some pages need: whatever is named here brings along what it imports
            { name: "shared", priority: 2, test: /node_modules\/(svelte|esm-env|clsx)\/|src\/(api\/(?!artifacts|deduper|discussion|events|extension|graphs|jenkins|plans|room|search|seen|similar|told|trends|triage)|lib\/(?!bytes|markdown|mentions|pictures|save)|jenkins\/JobButtons|start\/(following|FollowStar)|workspace\/TypeChoice|ui\/(?!Blocks|LoginAgain|MarkdownEditor|TypedConfirm))/ },
            { name: "run", priority: 1, test: /src\/(api\/(discussion|seen|similar)|run\/(about|mount|RunPage|RunHeader|RunFacts|SeenBefore|SinceLastPassed|Talk|Why|state|tabs\.ts|why|tabs\/Overview))/ },
            { name: "board", priority: 1, test: /src\/(api\/triage|board|triage)\// },
          ],
        },
      },
    },
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"], restoreMocks: true, testTimeout: 20_000 },
});
