#!/usr/bin/env python3
"""stepwell validate, compile and graph: what they print for good, bad and hostile definitions."""

import json
import os
import tempfile

from cli_check import claim, claim_done, finish, stepwell

FOLDER = tempfile.TemporaryDirectory()
PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}


def write(name, content):
    path = os.path.join(FOLDER.name, name)
    mode, encoding = ("wb", None) if isinstance(content, bytes) else ("w", "utf-8")
    with open(path, mode, encoding=encoding) as file:
        file.write(content if isinstance(content, (str, bytes)) else json.dumps(content))
    return path


def test_validate():
    good = write("good.json", {"StartAt": "P", "States": {"P": PASS}})
    bad = write("bad.json", '{\n  "StartAt": "P",\n  "States": {\n'
                '    "P": {"Type": "Pass", "Next": "Gone"}\n  }\n}\n')
    claim_done("a valid one", stepwell("validate", good), 0, "good.json: valid\n")
    claim_done("--quiet says nothing", stepwell("validate", "-q", good), 0)
    done = stepwell("validate", bad)
    claim_done("an invalid one", done, 1, "bad.json:4:27: error: Missing 'Next' target: Gone",
               '    4 |     "P": {"Type": "Pass", "Next": "Gone"}\n'
               "      |                           ^\n", "invalid, 2 errors")
    claim("the worst status counts", stepwell("validate", good, bad, good).returncode == 1)
    done = stepwell("validate", good, "/nowhere.json", bad)
    claim_done("a file that is not there", done, 2, "/nowhere.json", "bad.json:4:27")
    done = stepwell("validate", "--format", "json", good)
    claim("json as AWS answers", json.loads(done.stdout) == {
        "result": "OK", "diagnostics": [], "truncated": False}, done)
    done = stepwell("validate", "--format", "json", good, bad)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    names = [os.path.basename(line["file"]) for line in lines]
    claim("several files are lines with their names", names == ["good.json", "bad.json"]
          and lines[1]["result"] == "FAIL" and lines[1]["diagnostics"][0] == {
              "severity": "ERROR", "code": "MISSING_TRANSITION_TARGET",
              "message": "Missing 'Next' target: Gone", "location": "/States/P/Next"}, lines)
    own = write("own.json", {"StartAt": "T", "States": {"T": dict(TASK, End=True),
                                                        "F": {"Type": "Fail"}},
                             "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]})
    claim_done("an extension is a warning", stepwell("validate", own), 0, "warning")
    claim_done("--plain refuses it", stepwell("validate", "--plain", own), 1, "Catch")
    token = write("token.json", {"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody": "b"}, "End": True}}})
    claim_done("--type STANDARD", stepwell("validate", token), 0)
    claim_done("--type EXPRESS", stepwell("validate", "--type", "EXPRESS", token), 1,
               "waitForTaskToken")
    yaml = write("good.yaml", "StartAt: P\nStates:\n  P:\n    Type: Pas\n    End: true\n")
    for name, resource, parameters, why in (
            ("aws-sdk: a parameter that is missing", "aws-sdk:sqs:sendMessage", {"QueueUrl": "q"},
             "The field 'MessageBody' is required but was missing at /States/T/Parameters"),
            ("aws-sdk: one that is not known", "aws-sdk:ec2:describeInstances", {"Foo": 1},
             "The field 'Foo' is not supported by Step Functions at /States/T/Parameters"),
            ("aws-sdk: an action that is not known", "aws-sdk:s3:sendPigeon", {}, "the service has no such action"),
            ("optimized: a parameter that is missing", "sns:publish", {"Subject": "s"},
             "The field 'Message' is required but was missing at /States/T/Parameters")):
        task = write("task.json", json.dumps({"StartAt": "T", "States": {"T": {
            "Type": "Task", "Resource": "arn:aws:states:::" + resource, "Parameters": parameters, "End": True}}}))
        claim_done(name, stepwell("validate", task), 1, why)
    claim_done("YAML has places too", stepwell("validate", yaml), 1, "good.yaml:4:5")
    done = stepwell("validate", "-", text='{"StartAt": "P", "States": {"P": {"Type": "Pass"}}}')
    claim_done("the standard input", done, 1, "-:1:")


def test_hostile():
    long_line = '{"StartAt":"P","States":{"P":{"Type":"Pass","Comment":"' + "x" * 1000000 + \
        '","Next":"Q"}}}'
    done = stepwell("validate", write("long.json", long_line))
    claim("a line of a megabyte is shown around the place", done.returncode == 1
          and len(done.stdout) < 2000 and '"Next":"Q"' in done.stdout, done.stdout[:500])
    for name, content in {
            "empty": b"", "cut": b'{"StartAt": "P", "Sta', "nul": b'{"StartAt": "P\0"}',
            "utf8": b'{"StartAt": "\xff\xfe"}', "deep": b"[" * 100000,
            "deep yaml": b"a:\n" + b"".join(b" " * i + b"- \n" for i in range(2000)),
            "text": b"not a definition", "list": b"[]", "null": b"null",
            "controls": b'{"StartAt": "\x1b[2J"}', "bom": b"\xef\xbb\xbf{}"}.items():
        for ending in ("json", "jsonc", "yaml"):
            done = stepwell("validate", write(f"hostile.{ending}", content))
            claim(f"{name} as {ending} is refused", done.returncode == 1
                  and "error" in done.stdout and "\x1b" not in done.stdout, done)


def test_compile():
    plain = {"StartAt": "P", "States": {"P": PASS}}
    commented = write("c.jsonc", "// c\n" + json.dumps(plain) + " /* end */")
    done = stepwell("compile", commented)
    claim("comments are gone", json.loads(done.stdout) == plain, done)
    yaml = write("c.yaml", "StartAt: P\nStates:\n  P: {Type: Pass, End: true}\n")
    file = os.path.join(FOLDER.name, "out.json")
    done = stepwell("compile", yaml, "-o", file)
    with open(file, encoding="utf-8") as stream:
        claim("YAML becomes JSON, in a file", json.load(stream) == plain and not done.stdout, done)
    own = write("own.json", {"StartAt": "T", "States": {"T": dict(TASK, End=True),
                                                        "F": {"Type": "Fail"}},
                             "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]})
    done = stepwell("compile", own)
    expanded = json.loads(done.stdout)
    claim("the machine's Catch is written out", "Catch" not in expanded
          and expanded["States"]["T"]["Catch"][0]["ErrorEquals"] == ["States.ALL"], done)
    done = stepwell("validate", "--plain", write("expanded.json", expanded))
    claim_done("into what AWS accepts", done, 0)
    claim_done("an invalid one", stepwell("compile", write("bad.json", "{}")), 3, "StartAt")
    claim_done("a folder to write to", stepwell("compile", yaml, "-o", "/"), 1, "/:")


EVERYTHING = {
    "StartAt": "Choose",
    "States": {
        "Choose": {"Type": "Choice", "Default": "Fan", "Choices": [
            {"Variable": "$.amount", "NumericGreaterThan": 100, "Next": "Each"},
            {"And": [{"Variable": "$.a", "IsPresent": True},
                     {"Or": [{"Variable": "$.b", "StringEquals": "x"},
                             {"Not": {"Variable": "$.c", "BooleanEquals": True}}]}],
             "Next": "Fan"},
            {"Variable": "$.d", "StringMatches": "a*", "Next": "Bad"},
            {"Variable": "$.t", "TimestampLessThanPath": "$.u", "Next": "Bad"},
            {"Variable": "$.e", "IsNull": False, "Next": "Bad"}]},
        "Fan": {"Type": "Parallel", "Next": "Each", "Catch": [
            {"ErrorEquals": ["Broken", "States.Timeout"], "Next": "Bad"}], "Branches": [
                {"StartAt": "A", "States": {"A": dict(TASK, End=True)}},
                {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 5, "End": True}}}]},
        "Each": {"Type": "Map", "ItemsPath": "$.list", "End": True, "ItemProcessor": {
            "StartAt": "C", "States": {"C": dict(TASK, End=True)}}},
        "Bad": {"Type": "Fail", "Error": "Bad"}}}


def test_graph():
    path = write("all.asl.json", EVERYTHING)
    mermaid = stepwell("graph", path).stdout
    for part in ("flowchart TD", "subgraph s1[\"Fan", "subgraph s2[\"Each", "$.amount #62; 100",
                 "$.a is present and ($.b == #34;x#34; or<br/>not ($.c == true))",
                 "$.d matches #34;a*#34;", "$.t #60; $.u", "$.e is not null",
                 "catch Broken, States.Timeout", "otherwise"):
        claim(f"Mermaid has {part}", part in mermaid, mermaid)
    dot = stepwell("graph", path, "--format", "dot").stdout
    for part in ("subgraph cluster_s1", "lhead=cluster_s1", "ltail=cluster_s1", "hexagon"):
        claim(f"DOT has {part}", part in dot, dot)
    svg = os.path.join(FOLDER.name, "all.svg")
    done = stepwell("graph", path, "-o", svg)
    with open(svg, encoding="utf-8") as file:
        claim("-o NAME.svg is an SVG", "<svg" in file.read() and done.returncode == 0, done)
    done = stepwell("graph", path, "-o", os.path.join(FOLDER.name, "none", "all.svg"))
    claim_done("a folder that is not there", done, 1, "No such file")
    claim_done("an invalid definition", stepwell("graph", write("bad.json", "{}")), 3, "StartAt")
    claim_done("a history that is none", stepwell("graph", path, "--history", path), 2, "events")
    broken = write("broken.json", '{"events": [{"id": 7}]}')
    claim_done("ids that are none", stepwell("graph", path, "--history", broken), 2, "event 1")


def marks_of(definition, name, *options):
    """The mark of each state, by its name, after a run."""
    path = write(f"{name}.asl.json", definition)
    history = os.path.join(FOLDER.name, f"{name}.json")
    stepwell("run", path, "--history-file", history, "--fast-forward", *options)
    mermaid = stepwell("graph", path, "--history", history).stdout
    names, marks = {}, {}
    for line in mermaid.splitlines():
        words = line.split()
        if words and words[0] == "class":
            marks[names[words[1]]] = words[2]
        elif '["' in line or '{{"' in line or '(["' in line:
            head = line.strip().removeprefix("subgraph ")
            names[head[:head.index(next(c for c in head if c in "[{("))]] = \
                line[line.index('"') + 1:line.index("<br/>")]
    return marks


def test_marks():
    marks = marks_of(EVERYTHING, "default", "-f", "f=exit 1", "-i",
                     '{"amount": 1, "d": "", "t": "", "u": "", "e": null, "b": "", "c": true}')
    claim("a failing branch, its sibling, and who was not reached", marks == {
        "Choose": "succeeded", "Fan": "failed", "A": "failed", "B": "stopped", "Each": "unreached",
        "C": "unreached", "Bad": "unreached"}, marks)
    marks = marks_of(EVERYTHING, "broken", "-f", "f=echo '{\"errorType\": \"Broken\"}'", "-i",
                     '{"amount": 1, "d": "", "t": "", "u": "", "e": null, "b": "", "c": true}')
    claim("what was caught", marks == {
        "Choose": "succeeded", "Fan": "caught", "A": "failed", "B": "stopped", "Each": "unreached",
        "C": "unreached", "Bad": "failed"}, marks)
    marks = marks_of(EVERYTHING, "each", "-f", "f=echo 1", "-i", '{"amount": 200, "list": [1, 2]}')
    claim("a Map", marks["Each"] == "succeeded" and marks["C"] == "succeeded"
          and marks["Fan"] == "unreached", marks)


def test_names():
    """Names that are code in the forms' own languages."""
    names = ['"quotes" and \\ slashes', "<b>&amp;</b>", "end", "a --> b", "]};", "ä€😀", "x" * 80,
             "\u001b[2J", "graph", " "]
    states = {name: {"Type": "Pass", "Next": after} for name, after in zip(names, names[1:])}
    states[names[-1]] = PASS
    path = write("names.json", {"StartAt": names[0], "States": states})
    for form in ("mermaid", "dot", "svg"):
        done = stepwell("graph", path, "--format", form)
        claim(f"hostile names as {form}", done.returncode == 0 and done.stderr == ""
              and "\x1b" not in done.stdout, done)
    boxes = {"StartAt": "M0", "States": {}}
    inner = {"StartAt": "P", "States": {"P": PASS}}
    for depth in range(20):
        inner = {"StartAt": f"M{depth}", "States": {f"M{depth}": {
            "Type": "Map", "End": True, "ItemProcessor": inner}}}
    boxes = inner
    done = stepwell("graph", write("boxes.json", boxes), "--format", "svg")
    claim("boxes in boxes", done.returncode == 0, done.stderr)


test_validate()
test_hostile()
test_compile()
test_graph()
test_marks()
test_names()
FOLDER.cleanup()
finish()
