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
        // what most pages share is two files; everything else is split by page and by tab
        codeSplitting: {
          groups: [
            { name: "svelte", test: /node_modules\/(svelte|esm-env|clsx)\// },
            // but not what only some pages need: whatever is named here brings along what it imports
            { name: "shared", test: /src\/(api\/(?!artifacts|deduper|events|extension|graphs|jenkins|plans|search|seen|similar|trends|triage)|lib\/(?!bytes|cell|issue|markdown|mentions|save)|ui\/(?!Blocks|Dialog|LoginAgain|MarkdownEditor|TypedConfirm))/ },
          ],
        },
      },
    },
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"], restoreMocks: true, testTimeout: 20_000 },
});
