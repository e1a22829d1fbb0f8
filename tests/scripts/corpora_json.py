#!/usr/bin/env python3
"""The corpus of JSON texts: what RFC 8259 calls JSON is read, everything else refused.

    tests/scripts/corpora_json.py [CORPUS]

Feeds every file of CORPUS/manifest.json (default: ../shared/corpora/json beside the repository;
skipped where that is absent) to tests/tools/json_check.c. Checked:

  verdict  expect `accept` is accepted, `reject` refused with a place and a message; `either` is up
           to the parser, and may do anything but crash
  value    what is accepted means what Python's reader says

The manifest's verdicts are about texts whose bad UTF-8 had been replaced by U+FFFD before, so that
is what the reader is given. As bytes, too, every such file is read: RFC 8259, 8.1, wants UTF-8,
and a clear refusal is the only right answer, for the two files of test_transform that the manifest
accepts as well.
"""

import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
failures = []
passed = 0


def check(holds, name, what):
    global passed
    if holds:
        passed += 1
    else:
        failures.append(f"{name}: {what}")


def read(tool, texts):
    """What the reader prints for each text, in order."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            paths.append(os.path.join(folder, str(number)))
            with open(paths[-1], "wb") as file:
                file.write(text)
        run = subprocess.run([tool] + paths, capture_output=True, check=False)
    # A lone surrogate is printed as an escape, so the output is UTF-8.
    lines = run.stdout.decode("utf-8").split("\n")[:-1]
    if run.returncode != 0 or len(lines) != len(texts):
        failures.append(f"the reader ended with {run.returncode} after {len(lines)} texts: "
                        + run.stderr.decode("utf-8", "replace")[-2000:])
    return lines


def check_text(case, text, line):
    verdict, _, rest = line.partition(" ")
    if case["expect"] != "either":
        check(verdict == case["expect"], case["id"], line)
    if verdict == "reject":
        place, _, message = rest.partition(": ")
        check(all(n.isdigit() and n != "0" for n in place.split(":")) and message != "", case["id"],
              f"no place or message: {line}")
    else:
        same = json.loads(rest, parse_int=float) == json.loads(text, parse_int=float)
        check(same, case["id"], f"another value: {rest}")


def main():
    corpus = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "../shared/corpora/json")
    if not os.path.exists(os.path.join(corpus, "manifest.json")):
        print(f"skipped: no corpus at {os.path.relpath(corpus, ROOT)}")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    tool = os.path.join(os.environ.get("BUILD_DIR", os.path.join(ROOT, "build")),
                        "tests/unit/json-check")
    with open(os.path.join(corpus, "manifest.json"), encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        with open(os.path.join(corpus, case["file"]), "rb") as file:
            case["bytes"] = file.read()
        case["text"] = case["bytes"].decode("utf-8", "replace")
    lines = read(tool, [case["text"].encode() for case in cases])
    for case, line in zip(cases, lines):
        check_text(case, case["text"], line)
    no_utf8 = [case for case in cases if case["text"].encode() != case["bytes"]]
    for case, line in zip(no_utf8, read(tool, [case["bytes"] for case in no_utf8])):
        check(line.startswith("reject "), case["id"], f"invalid UTF-8 as it is: {line}")
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed, 0 skipped")
    return 1 if failures else 0


sys.exit(main())
