#!/usr/bin/env bash
# Runs the JSONata corpus, where ../shared is present: the language's suite under the answers of
# 2.0.6, what was recorded from AWS, and every expression from real definitions. Ends with `N
# passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/../.."

corpus=../shared/corpora/jsonata
program=${BUILD_DIR:-build}/tests/unit/jsonata-suite
if [ ! -d "$corpus" ]; then
    echo "skip: no $corpus"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
"$program" "$corpus/datasets" "$corpus"/groups/*.json "$corpus/aws_functions.json" \
    "$corpus/wild_expressions.json"
