#!/usr/bin/env python3
"""stepwell run: who serves tasks, how they fail, time, signals, histories and exit statuses."""

import glob
import json
import os
import pty
import signal
import subprocess
import tempfile
import time

from cli_check import STEPWELL, claim, claim_done, finish, stepwell

FOLDER = tempfile.TemporaryDirectory()
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


def write(name, content):
    path = os.path.join(FOLDER.name, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return path


def machine(name, states, start=None, **fields):
    return write(name + ".asl.json", dict(fields, StartAt=start or next(iter(states)),
                                          States=states))


def task(resource=LAMBDA + "f", **fields):
    return dict({"Type": "Task", "Resource": resource, "End": True}, **fields)


def events_of(done):
    return json.loads(done.stdout)["events"]


def test_functions():
    path = machine("one", {"T": task()})
    done = stepwell("run", path, "-f", "f=cat", "--input", '{"n": 1.50}')
    claim("a function's output is passed on byte for byte", done.stdout == '{"n": 1.50}\n', done)
    done = stepwell("run", path, "-f", LAMBDA + "f:live=cat")
    claim("an ARN names the function too", done.stdout == "{}\n", done)
    done = stepwell("run", path, "-f", "T=cat")
    claim("so does its state", done.stdout == "{}\n", done)
    done = stepwell("run", path, "-f", "f=exit 3")
    claim_done("an exit status is a failure", done, 1, "Runtime.ExitError", "exit status 3",
               "state: T")
    done = stepwell("run", path, "-f", "f=kill -9 $$")
    claim_done("so is a signal", done, 1, "Runtime.ExitError", "signal: Killed")
    error = '{"errorType": "NoSuchOrder", "errorMessage": "gone"}'
    done = stepwell("run", path, "-f", f"f=echo '{error}'")
    claim_done("an error object is a failure", done, 1, "error: NoSuchOrder", "gone")
    done = stepwell("run", path, "-f", f"f=echo '{error}'; exit 1", "--history=json")
    failed = [e for e in events_of(done) if e["type"] == "LambdaFunctionFailed"][0]
    claim("its cause is the text as printed",
          failed["lambdaFunctionFailedEventDetails"] == {"error": "NoSuchOrder", "cause": error},
          failed)
    done = stepwell("run", path, "-f", "f=echo '{\"errorMessage\": \"gone\"}'")
    claim_done("an error without a type is unknown", done, 1, "Lambda.Unknown")
    done = stepwell("run", path, "-f", "f=echo hello")
    claim_done("text that is no JSON fails", done, 1, "Runtime.MarshalError")
    done = stepwell("run", path, "-f", "f=true")
    claim("no output is null", done.stdout == "null\n", done)
    done = stepwell("run", path, "-f", "f=echo one >&2; echo 1")
    claim("what a function says is shown with its state", "T | one\n" in done.stderr, done)
    done = stepwell("run", path, "-f", "f=echo \\\"$AWS_LAMBDA_FUNCTION_NAME $STEPWELL_STATE\\\"")
    claim("a function knows its name", done.stdout == '"f T"\n', done)
    large = json.dumps({"x": "y" * 200000})
    done = stepwell("run", path, "-f", "f=cat", "--input", "@" + write("large.json", large))
    claim("more than a pipe holds", done.stdout == large + "\n", done.stderr)
    done = stepwell("run", path, "-f", "f=exec <&-; sleep 0.1; echo 1", "--input",
                    "@" + write("large.json", large))
    claim("a function need not read its event", done.stdout == "1\n", done.stderr)
    done = stepwell("run", path, "-f", "f=sleep 60 & echo 1")
    claim("what a function leaves behind is not waited for", done.stdout == "1\n", done)


def test_invoke():
    parameters = {"FunctionName": LAMBDA + "g:$LATEST", "Payload": {"a": 1}}
    path = machine("invoke", {"T": task("arn:aws:states:::lambda:invoke", Parameters=parameters)})
    done = stepwell("run", path, "-f", "g=cat")
    result = json.loads(done.stdout)
    claim("lambda:invoke answers as AWS does",
          list(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata",
                           "StatusCode"]
          and result["Payload"] == {"a": 1} and result["StatusCode"] == 200, done)
    del parameters["FunctionName"]
    parameters["FunctionName.$"] = "$.name"
    path = machine("dynamic", {"T": task("arn:aws:states:::lambda:invoke", Parameters=parameters)})
    done = stepwell("run", path, "-f", "g=cat", "-i", '{"name": "h"}')
    claim_done("a name that is made at run time may lead nowhere", done, 1,
               "Lambda.ResourceNotFoundException")
    path = machine("token", {"T": task("arn:aws:states:::lambda:invoke.waitForTaskToken",
                                       Parameters={"FunctionName": "g", "Payload": {
                                           "token.$": "$$.Task.Token"}})})
    done = stepwell("run", path, "-f", "g=cat", "--history=json")
    types = [event["type"] for event in events_of(done)]
    claim("the command's result answers the token", types[2:7] == [
        "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"], types)
    output = json.loads(events_of(done)[-1]["executionSucceededEventDetails"]["output"])
    claim("the token is in its event", list(output) == ["token"] and output["token"], output)
    path = machine("activity", {"T": task("arn:aws:states:us-east-1:123456789012:activity:pack")})
    done = stepwell("run", path, "-f", "pack=echo 7", "--history=json")
    types = [event["type"] for event in events_of(done)]
    claim("an activity is served by its name", types[2:5] == [
        "ActivityScheduled", "ActivityStarted", "ActivitySucceeded"], types)
    path = machine("sqs", {"Send": task("arn:aws:states:::sqs:sendMessage",
                                        Parameters={"QueueUrl": "q", "MessageBody": "b"})})
    claim("any task is served by its state's name",
          stepwell("run", path, "-f", "Send=cat").stdout == '{"QueueUrl":"q","MessageBody":"b"}\n')


def test_refusals():
    path = machine("two", {"A": task(Next="B", End=False) | {}, "B": task(LAMBDA + "g")})
    with open(path, encoding="utf-8") as file:
        definition = json.load(file)
    del definition["States"]["A"]["End"]
    write("two.asl.json", definition)
    done = stepwell("run", path, "-f", "f=cat; echo ran >&2")
    claim_done("a task that nothing serves is refused", done, 2, '"B"', "--function g=COMMAND")
    claim("before anything runs", "ran" not in done.stderr, done.stderr)
    claim_done("a file that is not there", stepwell("run", "/nowhere.json"), 2, "No such file")
    claim_done("an invalid definition", stepwell("run", write("x.json", "{}")), 3, "StartAt")
    claim_done("no FILE", stepwell("run"), 2, "needs FILE")
    claim_done("two FILEs", stepwell("run", path, path), 2, "too many arguments")
    claim_done("a function without a command", stepwell("run", path, "-f", "f"), 2, "NAME=COMMAND")
    claim_done("input that is no JSON", stepwell("run", path, "-f", "f=cat", "-f", "g=cat",
                                                 "-i", "{"), 2, "input")
    claim_done("an option that is nearly one", stepwell("run", path, "--fastforward"), 2,
               "did you mean --fast-forward?")
    claim_done("a wrong type", stepwell("run", path, "--type", "FAST"), 2, "STANDARD|EXPRESS")
    claim_done("a wrong seed", stepwell("run", path, "--seed", "x"), 2, "--seed")


def distributed(states, **fields):
    return dict({"Type": "Map", "End": True, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)), "States": states}}, **fields)


def test_map_runs():
    """Distributed Maps: children are executions of their own."""
    even = "python3 -c 'import json; n = json.load(open(0)); assert n % 2 == 0; print(n * 10)'"
    items = ("--input", "[1, 2, 3, 4]")
    path = machine("map", {"M": distributed({"T": task()})})
    done = stepwell("run", path, "-f", "f=cat", *items, "--history=json")
    claim("each item has a child, and the result is in their order", [
        e["stateExitedEventDetails"]["output"] for e in events_of(done)
        if e["type"] == "MapStateExited"] == ["[1,2,3,4]"] and
        "MapRunSucceeded" in [e["type"] for e in events_of(done)], done)
    claim_done("without items there is no child", stepwell("run", path, "-f", "f=exit 1", "-i", "[]"), 0, "[]")
    done = stepwell("run", path, "-f", f"f={even}", *items)
    claim_done("a child that fails fails the Map", done, 1, "States.ExceedToleratedFailureThreshold", "state: M")
    done = stepwell("run", machine("tolerant", {"M": distributed({"T": task()}, ToleratedFailureCount=2)}),
                    "-f", f"f={even}", *items, "-q")
    results = json.loads(done.stdout or "[]")
    claim("failures that are tolerated stand among the results", [
        r if isinstance(r, int) else (r["Status"], r["Error"]) for r in results] ==
        [("FAILED", "Runtime.ExitError"), 20, ("FAILED", "Runtime.ExitError"), 40], done)
    done = stepwell("run", machine("percent", {"M": distributed({"T": task()}, ToleratedFailurePercentage=49)}),
                    "-f", f"f={even}", *items)
    claim_done("a percentage is exceeded", done, 1, "States.ExceedToleratedFailureThreshold")
    batches = distributed({"T": task()}, ItemBatcher={"MaxItemsPerBatch": 3, "BatchInput": {"b": 1}})
    done = stepwell("run", machine("batches", {"M": batches}), "-f", "f=cat", *items, "-q")
    claim("children have batches", json.loads(done.stdout) == [
        {"BatchInput": {"b": 1}, "Items": [1, 2, 3]}, {"BatchInput": {"b": 1}, "Items": [4]}], done)
    nested = distributed({"N": distributed({"T": task()}, ItemsPath="$.inner")})
    done = stepwell("run", machine("nested", {"M": nested}), "-f", "f=cat", "-q", "--input",
                    '[{"inner": [1, 2]}, {"inner": [3]}]')
    claim("children have Map Runs of their own", json.loads(done.stdout) == [[1, 2], [3]], done)
    waits = distributed({"W": {"Type": "Wait", "Seconds": 3600, "End": True}}, MaxConcurrency=2)
    done = stepwell("run", machine("waits", {"M": waits}), *items, "--fast-forward", "--history=json")
    ends = [event["timestamp"] for event in events_of(done)]
    claim("as many run at once as MaxConcurrency says", 2 == round((ends[-1] - ends[0]) / 3600), ends)
    mocked = write("children.mock.json", {
        "StateMachines": {"map": {"TestCases": {"All": {"T": "Busy"}}}},
        "MockedResponses": {"Busy": {"0": {"Throw": {"Error": "Busy", "Cause": "c"}}, "1": {"Return": "done"}}}})
    retried = distributed({"T": task(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}])})
    done = stepwell("run", machine("map", {"M": retried}), "--mock", mocked, *items, "--fast-forward", "-q")
    claim("each child counts its mocked invocations from 0", done.stdout == '["done","done","done","done"]\n', done)
    reader = distributed({"T": task()}, ItemReader={"Resource": "arn:aws:states:::s3:listObjectsV2",
                                                    "Parameters": {"Bucket": "b"}})
    claim_done("an ItemReader needs a server", stepwell("run", machine("reader", {"M": reader}), "-f", "f=cat"),
               3, "stepwell serve")
    claim_done("a recording, too", stepwell("run", path, "-f", "f=cat", "--record",
                                            os.path.join(FOLDER.name, "map.rec")), 3, "child")
    mark = f"sleep 62.{os.getpid()}"
    with subprocess.Popen([STEPWELL, "run", path, "-f", f"f={mark}; true", *items],
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        deadline = time.time() + 30
        while len(find_processes(mark)) < 5 and time.time() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    claim("an interrupt stops the children, too", process.returncode == 1 and b"aborted" in said and
          not find_processes(mark), (said, find_processes(mark)))


def test_time():
    path = machine("wait", {"W": {"Type": "Wait", "Seconds": 86400, "Next": "T"},
                            "T": task(Retry=[{"ErrorEquals": ["States.ALL"],
                                              "IntervalSeconds": 3600, "MaxAttempts": 2}])})
    started = time.time()
    done = stepwell("run", path, "-f", "f=exit 1", "--fast-forward", "--history=json")
    events = events_of(done)
    days = (events[-1]["timestamp"] - events[0]["timestamp"]) / 86400
    claim("a day of waiting takes no time", time.time() - started < 20, time.time() - started)
    claim("but the events are a day apart", 1.12 < days < 1.13, days)
    path = machine("slow", {"T": task(TimeoutSeconds=1)})
    started = time.time()
    done = stepwell("run", path, "-f", "f=sleep 30; echo 1")
    claim_done("a task that takes too long", done, 1, "States.Timeout")
    claim("ends when it is due", 0.9 < time.time() - started < 10, time.time() - started)
    branches = [{"StartAt": f"T{i}", "States": {f"T{i}": task()}} for i in range(8)]
    path = machine("parallel", {"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    started = time.time()
    done = stepwell("run", path, "-f", "f=sleep 1; echo 1")
    claim("branches run at the same time", done.stdout == "[1,1,1,1,1,1,1,1]\n"
          and time.time() - started < 6, (done, time.time() - started))


def find_processes(mark):
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if mark.encode() in file.read():
                    found.append(path)
        except OSError:
            pass
    return found


def test_no_orphans():
    mark = f"sleep 61.{os.getpid()}"
    branches = [{"StartAt": "Slow", "States": {"Slow": task(LAMBDA + "slow")}},
                {"StartAt": "Bad", "States": {"Bad": task(LAMBDA + "bad")}}]
    path = machine("torn", {"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    done = stepwell("run", path, "-f", f"slow={mark}; true", "-f", "bad=sleep 0.3; exit 1")
    claim_done("a failing branch ends the others", done, 1, "Runtime.ExitError")
    claim("its commands are gone", not find_processes(mark), find_processes(mark))
    path = machine("slow", {"T": task()})
    with subprocess.Popen([STEPWELL, "run", path, "-f", f"f=trap '' TERM; {mark}; true"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    claim("an interrupt stops the execution", process.returncode == 1 and b"aborted" in said, said)
    claim("and its commands, deaf ones too", not find_processes(mark), find_processes(mark))


def test_mocks():
    path = machine("pay", {"Pay": task(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1,
                                               "MaxAttempts": 5}])})
    good = {"StateMachines": {"pay": {"TestCases": {"Slow": {"Pay": "PaidLate"},
                                                    "Never": {"Pay": "Once"}}}},
            "MockedResponses": {
                "PaidLate": {"0-1": {"Throw": {"Error": "Busy", "Cause": "c"}},
                             "2": {"Return": {"paid": 1.0}}},
                "Once": {"0": {"Throw": {"Error": "Busy", "Cause": "c"}}}}}
    mocks = write("mocks.json", good)
    done = stepwell("run", path, "--mock", mocks + "#Slow", "--fast-forward")
    claim("ranges, Throw and Return", done.stdout == '{"paid":1.0}\n', done)
    done = stepwell("run", path, "--mock", mocks, "-t", "Slow", "--fast-forward")
    claim("--test-case", done.stdout == '{"paid":1.0}\n', done)
    done = stepwell("run", path, "--mock", mocks + "#Never", "--fast-forward")
    claim_done("an invocation without an entry fails", done, 1, "Once has no entry", "invocation 1")
    claim_done("which test case?", stepwell("run", path, "--mock", mocks), 2, "which test case",
               "Slow, Never")
    claim_done("no such test case", stepwell("run", path, "--mock", mocks + "#Fast"), 2,
               'no test case "Fast"', "Slow, Never")
    claim_done("no such machine", stepwell("run", path, "--mock", mocks + "#Slow", "--machine",
                                           "x"), 2, 'no state machine "x"')
    claim_done("--test-case alone", stepwell("run", path, "-t", "x"), 2, "--mock")

    def wrong(name, change, *parts):
        broken = json.loads(json.dumps(good))
        change(broken)
        file = write("broken.json", json.dumps(broken, indent=2))
        done = stepwell("run", path, "--mock", file + "#Slow")
        claim_done("a mock file with " + name, done, 2, *parts)

    responses = "MockedResponses"
    wrong("no machines", lambda m: m.pop("StateMachines"), "StateMachines")
    wrong("no responses", lambda m: m.pop(responses), responses)
    wrong("a missing response", lambda m: m[responses].pop("PaidLate"), "broken.json:6:",
          'no "PaidLate"')
    wrong("a state that is none",
          lambda m: m["StateMachines"]["pay"]["TestCases"]["Slow"].update(Buy="Once"),
          'no Task state "Buy"')
    wrong("both Return and Throw",
          lambda m: m[responses]["PaidLate"]["2"].update(Throw={"Error": "E", "Cause": ""}),
          "either Return or Throw")
    wrong("something else", lambda m: m[responses]["PaidLate"].update({"2": {"Give": 1}}),
          'not "Give"')
    wrong("an entry that is no number", lambda m: m[responses]["PaidLate"].update(
        {"first": {"Return": 1}}), "number of an invocation")
    wrong("a range the wrong way", lambda m: m[responses]["PaidLate"].update(
        {"5-3": {"Return": 1}}), "number of an invocation")
    wrong("ranges that overlap", lambda m: m[responses]["PaidLate"].update(
        {"1-4": {"Return": 1}}), "same invocation")
    wrong("an error that is no text", lambda m: m[responses]["PaidLate"]["0-1"].update(
        {"Throw": {"Error": 1}}), '"Error" that is a string')
    claim_done("a mock file that is no JSON", stepwell(
        "run", path, "--mock", write("broken.json", '{"a": }')), 2, "broken.json:1:")
    claim_done("a mock file that is not there", stepwell("run", path, "--mock", "/nowhere"), 2,
               "No such file")


def test_histories():
    path = machine("pass", {"P": {"Type": "Pass", "End": True}})
    file = os.path.join(FOLDER.name, "history.json")
    done = stepwell("run", path, "--history", "--history-file", file)
    claim("--history is a table on the standard error", "PassStateEntered" in done.stderr
          and done.stdout == "{}\n", done)
    with open(file, encoding="utf-8") as stream:
        events = json.load(stream)["events"]
    claim("--history-file has the events", [e["type"] for e in events] == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"], events)
    done = stepwell("run", path, "--history=json", "-q")
    claim("--history=json is on the standard output", len(events_of(done)) == 4
          and done.stderr == "", done)
    claim_done("a wrong format", stepwell("run", path, "--history=xml"), 2, "text|json")
    claim_done("a folder for --history-file", stepwell("run", path, "--history-file", "/"), 1, "/:")
    path = machine("chance", {"P": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"},
                                    "End": True}})
    one, two = (stepwell("run", path, "--seed", "7").stdout for _ in range(2))
    claim("--seed gives the same chance", one == two, (one, two))
    one, two = (stepwell("run", path).stdout for _ in range(2))
    claim("without it there is another", one != two, (one, two))
    names = {"P": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id"}, "End": True}}
    done = stepwell("run", machine("named", names), "--name", "n", "--machine", "m",
                    env=dict(os.environ, AWS_REGION="eu-west-1"))
    claim("--name and --machine", "arn:aws:states:eu-west-1:123456789012:execution:m:n"
          in done.stdout, done)
    done = stepwell("run", machine("named", names), "--type", "EXPRESS", "--name", "n")
    claim("--type EXPRESS", ":express:named:n:" in done.stdout, done)
    done = stepwell("run", "-", text=json.dumps({"StartAt": "P", "States": {
        "P": {"Type": "Pass", "End": True}}}))
    claim("a definition from the standard input", done.stdout == "{}\n", done)
    claim("an input from the standard input", stepwell(
        "run", machine("pass", {"P": {"Type": "Pass", "End": True}}), "-i", "-",
        text="[1, 2]\n").stdout == "[1, 2]\n")


def on_terminal(*arguments, **variables):
    """What it writes to a terminal, and its exit status."""
    pid, file = pty.fork()
    if pid == 0:
        os.environ.update(variables, TERM="xterm", LANG="C.UTF-8")
        os.execv(STEPWELL, [STEPWELL, *arguments])
    said = b""
    try:
        while data := os.read(file, 65536):
            said += data
    except OSError:
        pass
    os.close(file)
    return said.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_terminal():
    states = {"First": task(Next="Second"), "Second": {"Type": "Succeed"}}
    del states["First"]["End"]
    path = machine("live", states)
    said, status = on_terminal("run", path, "-f", "f=sleep 0.4; echo '{\"a\":1}'")
    claim("on a terminal the list changes in place", status == 0 and "\x1b[1A" in said
          and "\u2714" in said, said)
    claim("and has colours", "\x1b[32m" in said, said)
    claim("the output has line breaks", '{\r\n  "a": 1\r\n}' in said, said)
    said, _ = on_terminal("run", path, "-f", "f=echo 1", NO_COLOR="1")
    claim("NO_COLOR", "\x1b[3" not in said, said)
    said, _ = on_terminal("run", path, "-f", "f=echo 1", "--quiet")
    claim("--quiet", "\x1b" not in said, said)
    evil = {"Evil\u001b]0;p\u202e\u0007": {"Type": "Pass", "Result": "\u001b[2J", "End": True}}
    said, _ = on_terminal("run", machine("evil", evil), "--history", "-i", '"\\u001b[2J"')
    claim("names and payloads cannot control the terminal", "\x1b]0" not in said
          and "\x1b[2J" not in said and "\u202e" not in said, repr(said))
    items = {"M": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "P", "States": {
        "P": {"Type": "Pass", "End": True}}}}}
    said, status = on_terminal("run", machine("many", items), "-i", json.dumps([1] * 500))
    claim("more states than the terminal has lines", status == 0 and "not shown" in said,
          said[-300:])


test_functions()
test_invoke()
test_refusals()
test_map_runs()
test_time()
test_no_orphans()
test_mocks()
test_histories()
test_terminal()
FOLDER.cleanup()
finish()
