#!/usr/bin/env python3
"""Writes the cases of the benchmark as JSON Lines: bench/jsonata/cases.py SHARED > cases.jsonl

SHARED is the folder with corpora/ and bench/workloads/. Each line has name, set, expr, and
data or bindings; taken are the expressions of workload W7 and those suite cases that have a plain
result.
"""
import glob
import json
import os
import sys

shared = sys.argv[1]
w7 = os.path.join(shared, "bench/workloads/w07")
suite = os.path.join(shared, "corpora/jsonata")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def put(case):
    print(json.dumps(case, ensure_ascii=False))


with open(os.path.join(w7, "expressions.jsonl"), encoding="utf-8") as lines:
    for line in lines:
        case = json.loads(line)
        put({"name": case["name"], "set": "1k" if "1k" in case["data"] else "own",
             "expr": case["expr"],
             "data": load(os.path.join(w7, case["data"]))})

for path in sorted(glob.glob(os.path.join(suite, "groups/*.json"))):
    for case in load(path):
        if "result" not in case or any(key in case for key in ("v2_0_6", "uses_eval", "timelimit")):
            continue
        if any(name in case["expr"] for name in ("$shuffle", "$random", "$now", "$millis")):
            continue
        out = {"name": case["id"], "set": "suite", "expr": case["expr"],
               "bindings": case["bindings"]}
        if "data" in case:
            out["data"] = case["data"]
        elif case["dataset"]:
            out["data"] = load(os.path.join(suite, "datasets", case["dataset"] + ".json"))
        if case.get("unordered"):
            out["unordered"] = True
        put(out)
