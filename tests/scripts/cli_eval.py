#!/usr/bin/env python3
"""stepwell eval, alone and in batches, with friendly and hostile input."""

import json
import random
import subprocess

from cli_check import STEPWELL, claim, claim_done, finish, stepwell

JSONPATH, INTRINSIC, JSONATA = "jsonpath", "intrinsic", "jsonata"


def batch(lines, *options):
    """Answers to requests, which are objects or raw lines of bytes."""
    data = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n"
                    for line in lines)
    done = subprocess.run([STEPWELL, "eval", "--batch", *options], input=data, capture_output=True,
                          timeout=300)
    claim("a batch ends well", done.returncode == 0, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_answers():
    requests = [
        ({"language": JSONPATH, "expr": "$.a", "input": {"a": 1}}, {"result": 1}),
        ({"language": JSONPATH, "expr": "$..a", "input": [{"a": 1}, {"a": 2}]}, {"result": [1, 2]}),
        ({"language": JSONPATH, "expr": "$.b", "input": {"a": 1}}, "PathNotFound"),
        ({"language": JSONPATH, "expr": "$[", "input": {"a": 1}}, "InvalidPath"),
        ({"language": JSONPATH, "expr": "$$.Execution.Id", "context": {"Execution": {"Id": "x"}}},
         {"result": "x"}),
        ({"language": JSONPATH, "expr": "$n.a", "variables": {"n": {"a": 3}}}, {"result": 3}),
        ({"language": JSONPATH, "expr": "$.a"}, "PathNotFound"),
        ({"language": INTRINSIC, "expr": "States.MathAdd($.a, $n)", "input": {"a": 1},
          "variables": {"n": 2}}, {"result": 3}),
        ({"language": INTRINSIC, "expr": "States.ArrayGetItem($.a, 5)", "input": {"a": [1]}},
         "States.IntrinsicFailure"),
        ({"language": INTRINSIC, "expr": "States.Array($.gone)", "input": {}}, "States.Runtime"),
        ({"language": JSONATA, "expr": "$sum(a)", "input": {"a": [1, 2]}}, {"result": 3}),
        ({"language": JSONATA, "expr": "b", "input": {"a": 1}}, {"undefined": True}),
        ({"language": JSONATA, "expr": "a"}, {"undefined": True}),
        ({"language": JSONATA, "expr": "$states.input.a",
          "bindings": {"states": {"input": {"a": 4}}}}, {"result": 4}),
        ({"language": JSONATA, "expr": "1 +"}, "S0207"),
        ({"language": JSONATA, "expr": "\"a\" + 1"}, "T2001"),
        ({"language": JSONATA, "expr": "a ?? 1", "input": {}}, "S0211"),
        ({"language": JSONATA, "expr": "( $f := function() { $f() + 1 }; $f() )", "depth": 100},
         "U1001"),
        ({"language": JSONATA, "expr": "( $f := function($n) { $f($n + 1) }; $f(0) )",
          "timelimit": 200}, "U1001"),
        ({"language": "cobol", "expr": "1"}, "InvalidRequest"),
        ({"language": JSONATA}, "InvalidRequest"),
        ({"language": JSONATA, "expr": 5}, "InvalidRequest"),
    ]
    for number, (request, _) in enumerate(requests):
        request["id"] = number
    for answer, (request, expected) in zip(batch([r for r, _ in requests]), requests):
        if isinstance(expected, str):
            ok = answer.get("error", {}).get("code") == expected and answer["error"]["message"]
        else:
            ok = answer == dict(expected, id=request["id"])
        claim(json.dumps(request), ok, answer)
    newer = batch([{"id": 1, "language": JSONATA, "expr": "a ?? 1", "input": {}}],
                  "--jsonata-version", "2.1")
    claim("?? is there with --jsonata-version 2.1", newer == [{"id": 1, "result": 1}], newer)


def test_ids():
    ids = [None, "text", 1.5, [1, {"a": 2}], {"b": [None]}, 12345678901234567890]
    answers = batch([{"id": i, "language": JSONATA, "expr": "1"} for i in ids])
    claim("an id of any kind comes back", [a["id"] for a in answers] == ids, answers)


def test_hostile():
    deep = b"[" * 5000
    lines = [
        b"", b"   ", b"{", b"null", b"[]", b"\x00\x01", b"\xff\xfe", deep,
        b'{"id":1,"language":"jsonata","expr":"' + b"(" * 20000 + b'"}',
        b'{"id":2,"language":"jsonpath","expr":"$' + b"[0]" * 20000 + b'","input":[]}',
        b'{"id":3,"language":"intrinsic","expr":"' + b"States.Array(" * 5000 + b'","input":[]}',
        b'{"id":4,"language":"jsonata","expr":"\\ud800"}',
        b'{"id":5,"language":"jsonata","expr":"$pad(\'x\', 1000000000)"}',
        b'{"id":6,"language":"jsonata","expr":"[1..9999999]"}',
        b'{"id":7,"language":"jsonpath","expr":"$..*..*","input":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"id":8,"language":"jsonata","expr":"1","bindings":[1]}',
        b'{"id":9,"language":"jsonata","expr":"$x","bindings":{"x":1},"timelimit":-5,"depth":"a"}',
        b'{"id":10,"language":"jsonpath","expr":"\x7f\xc2\x80","input":1}',
        b'{"id":"' + b"\xc3\xa4" * 300 + b'","language":"jsonpath","expr":"'
        + b"\xc3\xa4" * 300 + b'","input":1}',
    ]
    last = {"id": "last", "language": JSONATA, "expr": "1"}
    answers = batch(lines + [last])
    claim("every line has one answer", len(answers) == len(lines) + 1, len(answers))
    claim("the last answer is as if nothing had been", answers[-1] == {"id": "last", "result": 1},
          answers[-1])


def test_noise():
    """Lines with single bytes changed: an answer for each, whatever it is."""
    chance = random.Random(7)
    seed = json.dumps({"id": 1, "language": JSONATA, "expr": "$map([1..3], function($v) {$v*2})",
                       "input": {"a": [1, "x"]}}).encode()
    lines = []
    for _ in range(3000):
        line = bytearray(seed)
        for _ in range(chance.randint(1, 4)):
            line[chance.randrange(len(line))] = chance.choice([0, 9, 34, 92, 123, 93, 200, 255, 48])
        lines.append(bytes(line).replace(b"\n", b" "))
    claim("noise is answered line by line", len(batch(lines)) == len(lines))


def test_asks_and_waits():
    """A program may write a line, wait for the answer, and write the next."""
    with subprocess.Popen([STEPWELL, "eval", "--batch"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        for number in range(3):
            request = {"id": number, "language": JSONATA, "expr": "a", "input": {"a": number}}
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            claim("a line is answered at once", answer == {"id": number, "result": number}, answer)
        process.stdin.write(b'{"id":9,"language":"jsonata","expr":"1"}')
        process.stdin.close()
        rest = process.stdout.read()
        claim("the last line needs no line break", rest == b'{"id":9,"result":1}\n', rest)


def test_large():
    large = {"id": 1, "language": JSONATA, "expr": "$count($)", "input": list(range(500000))}
    claim("a line of megabytes", batch([large]) == [{"id": 1, "result": 500000}])


def test_for_people():
    done = stepwell("eval", "$sum(a)", text='{"a": [1, 2]}')
    claim("an expression on the standard input", done.stdout == "3\n", done)
    done = stepwell("eval", "-l", "jsonpath", "$.a", "--input", '{"a": "x"}')
    claim("--input", done.stdout == '"x"\n', done)
    done = stepwell("eval", "-r", "a", "--input", '{"a": "x"}')
    claim("--raw", done.stdout == "x\n", done)
    claim_done("an error shows its place", stepwell("eval", "1 +", text="{}"), 1, "S0207", "^")
    claim_done("nothing is said to be so", stepwell("eval", "b", text="{}"), 0, "undefined")
    claim_done("bad input is bad usage", stepwell("eval", "b", text="{"), 2, "no JSON")
    claim_done("an expression is needed", stepwell("eval", text="{}"), 2, "EXPRESSION")
    claim_done("not beside --batch", stepwell("eval", "--batch", "1", text=""), 2, "--batch")
    claim_done("a language is one of three", stepwell("eval", "-l", "sql", "1", text="{}"), 2,
               "jsonata|jsonpath|intrinsic")


test_answers()
test_ids()
test_hostile()
test_noise()
test_asks_and_waits()
test_large()
test_for_people()
finish()
