#!/usr/bin/env python3
"""JSONPath and intrinsic functions against the shared corpus.

Paths and calls go through one `stepwell eval --batch`, ResultPath writes through `stepwell run` of
a Pass state. Where Jayway's versions differ its old one, 2.0.0, is asked; a path that the States
Language forbids must fail. Known failures stand in tests/known_failures/jsonpath.txt, a case and
the reason in each line; one that isn't listed fails, and so does a listed one that passes.

Skipped where the corpus (../shared beside the repository) is not there.
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "..", "shared", "corpora", "jsonpath")
KNOWN = os.path.join(ROOT, "tests", "known_failures", "jsonpath.txt")
STEPWELL = os.environ.get("STEPWELL", os.path.join(ROOT, "build", "stepwell"))


def load(name):
    with open(os.path.join(CORPUS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def is_same(got, expected):
    """Equal as JSON: True is not 1, but 1 is 1.0."""
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, list) and isinstance(expected, list):
        return len(got) == len(expected) and all(map(is_same, got, expected))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(is_same(got[k], expected[k]) for k in got)
    return got == expected


def gives(expected):
    """A check of an answer against {"result"} or {"error"}."""
    if "error" in expected:
        return lambda answer: "error" in answer
    return lambda answer: "result" in answer and is_same(answer["result"], expected["result"])


def parses(answer):
    """Nothing is known of the result, but the path must be understood."""
    return answer.get("error", {}).get("code") != "InvalidPath"


def is_call(answer):
    """The same of a call: whatever fails must fail on its arguments."""
    return answer.get("error", {}).get("code") in (None, "States.Runtime") or \
        answer["error"]["message"].startswith("States.")


def is_refused(answer):
    return "error" in answer and not parses(answer)


def ask(case, language, expression, check, **scope):
    return dict(id=case, language=language, expr=expression, **scope), check


def requests():
    for case in load("comparison") + load("jayway_tests"):
        forbidden = case["asl"]["class"] == "forbidden"
        expected = {"error": "forbidden"} if forbidden else case["jayway_2_0_0"]
        yield ask(case["id"], "jsonpath", case["selector"], gives(expected),
                  input=case["document"])
    for case in load("wild_paths"):
        yield ask(case["id"], "jsonpath", case["path"], parses, input={}, context={})
    for case in load("path_syntax"):
        valid = case["valid_in"]
        if case["expression"].startswith("States."):
            yield ask(case["id"], "intrinsic", case["expression"], is_call, input={}, context={})
        else:
            yield ask(case["id"], "jsonpath", case["expression"],
                      parses if valid["path"] else is_refused, input={}, context={})
    for case in load("intrinsics_aws") + load("intrinsics_floe"):
        scope = {name: case[name] for name in ("input", "context") if case.get(name) is not None}
        check = is_call if "masked" in case else gives(case)
        yield ask(case["id"], "intrinsic", case["expression"], check, **scope)
    for case in load("wild_intrinsics"):
        yield ask(case["id"], "intrinsic", case["expression"], is_call, input={}, context={})


def evaluate(cases):
    """The answers of one run, in order."""
    lines = "".join(json.dumps(request) + "\n" for request, _ in cases)
    run = subprocess.run([STEPWELL, "eval", "--batch"], input=lines.encode(),
                         capture_output=True, check=False)
    answers = run.stdout.decode("utf-8", "surrogatepass").split("\n")[:-1]
    if run.returncode != 0 or len(answers) != len(cases):
        print(run.stderr.decode(errors="replace"))
        print(f"{len(answers)} answers to {len(cases)} requests, exit status {run.returncode}")
        sys.exit(1)
    return [json.loads(answer) for answer in answers]


def write(case):
    """Runs a Pass state that puts the value at the path."""
    state = {"Type": "Pass", "Result": case["value"], "ResultPath": case["path"], "End": True}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"StartAt": "Put", "States": {"Put": state}}, file)
        file.flush()
        run = subprocess.run([STEPWELL, "run", file.name, "--input", json.dumps(case["input"])],
                             capture_output=True, check=False)
    if run.returncode == 0:
        return {"result": json.loads(run.stdout)}
    return {"error": {"code": "run", "message": run.stderr.decode(errors="replace")[-300:]}}


def read_known():
    known = {}
    with open(KNOWN, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                case, reason = line.split(None, 1)
                known[case] = reason.strip()
    return known


def main():
    if not os.path.isdir(CORPUS):
        print("the shared corpus is not beside the repository")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    cases = list(requests())
    results = [(request["id"], request["expr"], check(answer), answer)
               for (request, check), answer in zip(cases, evaluate(cases))]
    writes = load("result_path_writes")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results += [(case["id"], case["path"], gives(case)(answer), answer)
                    for case, answer in zip(writes, pool.map(write, writes))]
    known, passed, failed = read_known(), 0, 0
    for case, expression, good, answer in results:
        listed = known.pop(case, None)
        if good != (listed is None):
            failed += 1
            print(f"{case}: {expression}")
            print("  is listed as a known failure but passes" if good
                  else f"  {json.dumps(answer)[:300]}")
        else:
            passed += good
    for case in known:
        failed += 1
        print(f"{case}: listed as a known failure, but there is no such case")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
