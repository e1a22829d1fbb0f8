#!/usr/bin/env python3
"""Compares two outputs of the benchmark: bench/jsonata/compare.py CASES OURS PEERS

A case whose results differ is named and not counted. Prints geometric means of the ratios for each
set, the slowest ten, and what is slower than the peer; exits 1 when there is such a case or a
difference.
"""
import json
import math
import sys


def load(path):
    rows = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name, group, evaluate, compile_, result = line.rstrip("\n").split("\t", 4)
            rows[group, name] = (float(evaluate), float(compile_), result)
    return rows


def value(text):
    return text if text in ("undefined", "error") else json.loads(text)


def same(a, b, unordered):
    if unordered and isinstance(a, list) and isinstance(b, list):
        return sorted(map(json.dumps, a)) == sorted(map(json.dumps, b))
    return a == b


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else 0


with open(sys.argv[1], encoding="utf-8") as lines:
    unordered = {case["name"] for case in map(json.loads, lines) if case.get("unordered")}
ours, peers = load(sys.argv[2]), load(sys.argv[3])
differ = [key for key in ours if key in peers
          and not same(value(ours[key][2]), value(peers[key][2]), key[1] in unordered)]
counted = [key for key in ours if key in peers and key not in differ]
evaluation = {key: peers[key][0] / ours[key][0] for key in counted}
compilation = {key: peers[key][1] / ours[key][1] for key in counted}

for key in differ:
    print("differs:", key[1], ours[key][2][:100], peers[key][2][:100])
for group in sorted({key[0] for key in counted}):
    keys = [key for key in counted if key[0] == group]
    print(f"{group:6} {len(keys):4} cases  "
          f"evaluation {mean([evaluation[k] for k in keys]):6.1f} x   "
          f"compilation {mean([compilation[k] for k in keys]):6.1f} x   "
          f"ours {mean([ours[k][0] for k in keys]):8.1f} ns   "
          f"peer {mean([peers[k][0] for k in keys]):10.1f} ns")
print("slowest ten, by ratio:")
for key in sorted(counted, key=evaluation.get)[:10]:
    print(f"  {evaluation[key]:6.1f} x  {ours[key][0]:10.1f} ns  {peers[key][0]:12.1f} ns  "
          f"{key[0]} {key[1]}")
slower = [key for key in counted if evaluation[key] < 1]
print(len(counted), "cases agree,", len(differ), "differ,", len(slower), "are slower than the peer")
sys.exit(1 if slower or differ else 0)
