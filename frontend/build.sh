#!/bin/sh
# Builds the browser's part into public/dist, unless it is newer than every source.
set -eu
cd "$(dirname "$0")"
mark=../public/dist/.built

if [ -e "$mark" ] && [ -z "$(find src package.json package-lock.json vite.config.ts svelte.config.js -newer "$mark" -print | head -n 1)" ]; then
  exit 0
fi

. ./node.sh
npm run --silent build -- --logLevel warn
node scripts/compress.js ../public/dist
touch "$mark"
