#!/usr/bin/env bash
# Plays the cases recorded against AWS to the server, where ../shared is present: those that need nothing but the
# services below and a mock file. tests/known_failures/conformance.txt has what does not pass yet, with reasons.
set -u
cd "$(dirname "$0")/../.."

needs=states,lambda,apigateway,mock-config,sqs,sns,dynamodb,events,s3,secretsmanager,logs
suite=../shared/conformance/run.py
if [ ! -f "$suite" ]; then
    echo "skip: no $suite"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 "$suite" --endpoint "http://127.0.0.1:$port" -q -j 4 --timeout 60 --lambda-port 0 \
    --only-needs "$needs" \
    --known-failures tests/known_failures/conformance.txt --server-log "$data/log" \
    --server-cmd "${STEPWELL:-build/stepwell} serve --listen 127.0.0.1 --port $port --data $data/store"
