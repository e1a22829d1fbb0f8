#!/usr/bin/env python3
"""Ten published definitions run to their end, each with a mock file made for it.

The definitions are in ../shared and nothing of them is here but their names. What every task
answers, and the input, is one object that has something at each path the definition reads: what a
Choice compares with where there is one, a list where a Map wants one. With --search all published
definitions are tried, and those that succeed are named.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

STEPWELL = os.environ["STEPWELL"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REAL = os.path.join(ROOT, "../shared/corpora/asl/real")
CHOSEN = """
app-control-concurrency-with-dynamodb-tf-dynamodb-semaphore
extensions-orderrobotextension-baristabot
explicit-failure-with-parallel-states
lib-import-current-config-asl
sfn-athena-query
sam-demo-fis-stepfunctions-stepfunction-fis-ecs
state-machine-process-scanned-invoice-workflow
parallel-human-approval-statemachine
apigw-log-analytic-monetization-billing
saga-pattern-cdk-resources
""".split()  # how their files' names end

STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']*)'\]|\[(\d+|\*)\]")
LISTS = {"ItemsPath", "MaxItemsPath"}
WHOLE_NUMBERS = ("SecondsPath", "MaxConcurrencyPath")


def put(world, path, leaf):
    """Makes the path lead somewhere in world; what is there already stays."""
    place, steps = world, [a or b or c for a, b, c in STEP.findall(path)]
    for step, after in zip(steps, steps[1:] + [None]):
        wants_list = after is not None and (after.isdigit() or after == "*")
        fresh = leaf if after is None else [] if wants_list else {}
        if isinstance(place, list):
            if not place:
                place.append(fresh)
            if not isinstance(place[0], (dict, list)) and after is not None:
                place[0] = fresh
            place = place[0]
        elif isinstance(place, dict):
            old = place.get(step)
            if old is None or after is not None and not isinstance(old, (dict, list)) \
                    or after is None and isinstance(leaf, list) and not isinstance(old, list):
                place[step] = fresh
            place = place[step]
        else:
            return


def leaf_of(rule):
    """What the rule's variable must be for the rule to hold."""
    for name, value in rule.items():
        if name.endswith("Path") or name in ("Variable", "Next", "Not", "Comment"):
            continue
        if name in ("IsPresent", "IsNull"):
            return "x"
        if name == "IsString":
            return "x"
        if name == "IsNumeric":
            return 1
        if name == "IsBoolean":
            return True
        if name == "StringMatches":
            return value.replace("*", "x")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value + ("Greater" in name) - ("LessThan" in name and "Equals" not in name)
        if name.startswith(("String", "Boolean", "Timestamp")):
            return value
    return "x"


def visit(node, world, key=""):
    if isinstance(node, dict):
        if isinstance(node.get("Variable"), str):
            put(world, node["Variable"], leaf_of(node))
        for name, value in node.items():
            visit(value, world, name)
    elif isinstance(node, list):
        for value in node:
            visit(value, world, key)
    elif isinstance(node, str) and (key.endswith("Path") or key.endswith(".$")):
        if key in ("ResultPath", "Variable"):
            return
        leaf = [{}] if key in LISTS else 1 if key.endswith(WHOLE_NUMBERS) else "x"
        for path in re.findall(r"\$(?:\.[\w-]+|\['[^']*'\]|\[[\d*]+\])+", node):
            put(world, path, leaf)


def tasks_in(node):
    """The names of all Task states."""
    if isinstance(node, dict):
        states = node.get("States")
        for name, state in states.items() if isinstance(states, dict) else ():
            if isinstance(state, dict) and state.get("Type") == "Task":
                yield name
        for value in node.values():
            yield from tasks_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from tasks_in(value)


def make_mocks(definition, world):
    answer = dict(world, StatusCode=200)
    answer.setdefault("Payload", dict(world))
    names = list(tasks_in(definition))
    return {"StateMachines": {"real": {"TestCases": {"All": {name: "Answer" for name in names},
                                                     "None": {}}}},
            "MockedResponses": {"Answer": {"0-100000": {"Return": answer}}}}


def run(path, folder):
    with open(path, encoding="utf-8") as file:
        definition = json.load(file)
    world = {}
    for _ in range(2):
        visit(definition, world)
    mocks = os.path.join(folder, "mocks.json")
    with open(mocks, "w", encoding="utf-8") as file:
        json.dump(make_mocks(definition, world), file)
    return subprocess.run([STEPWELL, "run", path, "--mock", mocks, "--test-case", "All", "--quiet",
                           "--fast-forward", "--seed", "1", "--history=json", "--input",
                           json.dumps(world)],
                          capture_output=True, timeout=60)


def check_history(text):
    """Ids without gaps, each linked to one before it, and the end as it must be."""
    events = json.loads(text)["events"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["previousEventId"] < event["id"] for event in events)
    assert events[-1]["type"] == "ExecutionSucceeded"


def search():
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(glob.glob(os.path.join(REAL, "*.json"))):
            done = run(path, folder)
            print(done.returncode, os.path.basename(path), done.stderr.decode()[:200].strip()
                  if done.returncode else "")


def main():
    passed = failed = 0
    if not os.path.isdir(REAL):
        print("skip: ../shared is not here\n0 passed, 0 failed, 10 skipped")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for name in CHOSEN:
            done = run(glob.glob(os.path.join(REAL, f"*-{name}.json"))[0], folder)
            try:
                assert done.returncode == 0, done.stderr.decode()
                check_history(done.stdout)
                passed += 1
            except AssertionError as error:
                failed += 1
                print(f"FAIL {name}\n{error}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(search() if "--search" in sys.argv else main())
