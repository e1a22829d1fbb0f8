#!/usr/bin/env bash
# The console in a browser against the real server; where Chromium and Node.js are, and the binary has the page.
set -u
cd "$(dirname "$0")/../.."
if ! command -v node >/dev/null || [ ! -d console/node_modules/playwright-core ] || [ ! -x /usr/bin/chromium ]; then
    echo "skip: Node.js, the console's packages or Chromium are not here"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
export STEPWELL=${STEPWELL:-$PWD/build/stepwell}
exec node tests/scripts/console.mjs
