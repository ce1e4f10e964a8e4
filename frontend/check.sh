#!/bin/sh
# What guards the browser's part: types and accessibility hints, lint, tests.
set -eu
cd "$(dirname "$0")"
. ./node.sh
npm run --silent check
npm run --silent lint
npm test --silent
