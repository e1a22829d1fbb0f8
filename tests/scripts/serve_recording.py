#!/usr/bin/env python3
"""--record and --replay: what tasks of every kind answered, run again without any of them."""

import json
import os
import tempfile
import threading
import time

from cli_check import claim, claim_done, finish, stepwell
from serve_http import API, ARN, HTTP, Api, listen
from serve_kit import Failed, Server

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
INVOKE = "arn:aws:states:::lambda:invoke"


def chain(*states):
    """Task states, one after the other."""
    names = [name for name, _ in states]
    follow = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {"StartAt": names[0], "States": {
        name: {"Type": "Task", **state, **more} for (name, state), more in zip(states, follow)}}


def definition(server_url, activity):
    http = {"ApiEndpoint": server_url + "/echo", "Method": "POST", "Authentication": {
        "ConnectionArn": ARN.format("key")}}
    retry = [{"ErrorEquals": ["States.Http.StatusCode.503"], "IntervalSeconds": 1}]
    return chain(
        ("Http", {"Resource": HTTP, "ResultPath": "$.http", "Parameters": {
            **http, "RequestBody": {"amount.$": "$.amount", "id.$": "$$.Execution.Id"}}}),
        ("Down", {"Resource": HTTP, "ResultPath": "$.down", "Retry": retry,
                  "Parameters": {**http, "ApiEndpoint": server_url + "/down"}}),
        ("Api", {"Resource": API, "ResultPath": "$.api",
                 "Parameters": {"ApiEndpoint": server_url, "Path": "echo", "Method": "GET"}}),
        ("Work", {"Resource": activity, "ResultPath": "$.work"}),
        ("Token", {"Resource": API + ".waitForTaskToken", "ResultPath": "$.token",
                   "Parameters": {"ApiEndpoint": server_url, "Path": "echo", "Method": "POST",
                                  "RequestBody": {"token.$": "$$.Task.Token"}}}))


def work(server, activity):
    """The outside: a worker, and somebody who has got the token."""
    task = server.call("GetActivityTask", activityArn=activity, workerName="w")
    server.call("SendTaskSuccess", taskToken=task["taskToken"], output='{"worked": 1.50}')
    deadline = time.time() + 20
    while time.time() < deadline:
        bodies = [body for _, _, _, body in Api.seen.get("/echo", []) if b"token" in body]
        if bodies:
            try:
                server.call("SendTaskSuccess", taskToken=json.loads(bodies[-1])["token"], output='"called back"')
                return
            except Failed: # its first answer is not durable yet
                pass
        time.sleep(0.02)


def connections():
    return json.dumps({"key": {"AuthorizationType": "API_KEY", "AuthParameters": {
        "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "key-5ecret"}}}})


def record(file, url):
    with Server("--record", file, "--connections", connections()) as server:
        activity = server.call("CreateActivity", name="a")["activityArn"]
        machine = server.create("order", definition(url, activity))
        worker = threading.Thread(target=work, args=(server, activity), daemon=True)
        worker.start()
        done = server.run(machine, {"amount": 7})
        worker.join()
        claim("the recorded execution succeeds", done["status"] == "SUCCEEDED", done)
        deadline = time.time() + 10
        while not has_case(file) and time.time() < deadline:
            time.sleep(0.05)
        claim("the file is there while the server runs", has_case(file))
        second = server.start(machine, {"amount": 8})
        while "ActivityScheduled" not in server.types(second):
            time.sleep(0.02)
        server.call("StopExecution", executionArn=second)
        status, said = server.stop()
        claim("recording ends well", status == 0, said)
    return done


def has_case(file):
    return "Recorded" in json.dumps(read(file)["StateMachines"])


def read(file):
    try:
        with open(file, encoding="utf-8") as text:
            return json.load(text) # always whole
    except FileNotFoundError:
        return {"StateMachines": {}}


def test_file(file):
    recorded = read(file)
    cases = recorded["StateMachines"]["order"]["TestCases"]
    claim("there is a case for each execution", list(cases) == ["Recorded", "Recorded-2"], list(cases))
    claim("and in it each state that was answered", list(cases["Recorded"]) == ["Http", "Down", "Api", "Work", "Token"]
          and list(cases["Recorded-2"]) == ["Http", "Down", "Api"], cases)
    down = recorded["MockedResponses"][cases["Recorded"]["Down"]]
    claim("attempts are counted", list(down) == ["0", "1"] and down["0"]["Throw"]["Error"] ==
          "States.Http.StatusCode.503" and down["1"]["Return"]["StatusCode"] == 200, down)
    work_response = recorded["MockedResponses"][cases["Recorded"]["Work"]]
    claim("a callback's answer is its result", recorded["MockedResponses"][cases["Recorded"]["Token"]] ==
          {"0": {"Return": "called back"}} and work_response == {"0": {"Return": {"worked": 1.5}}}, work_response)
    parameters = recorded["RecordedParameters"]["order"]["Recorded"]
    claim("what differs in each execution is masked", parameters["Token"][0]["RequestBody"] == {"token": "<TaskToken>"}
          and parameters["Http"][0]["RequestBody"]["id"] == "<ExecutionId>", parameters)
    with open(file, encoding="utf-8") as text:
        claim("the connection's secret is not in it", "5ecret" not in text.read())
    claim("others cannot read it", os.stat(file).st_mode & 0o077 == 0)


def replay(file, url, value, change=None, **members):
    """The server's outcome, exit status and last words."""
    with Server("--replay", file) as server:
        activity = server.call("CreateActivity", name="a")["activityArn"]
        changed = definition(url, activity)
        if change:
            change(changed["States"])
        machine = server.create("order", changed)
        case = members.pop("case", "")
        done = server.run(machine + case, value)
        status, said = server.stop()
    return done, status, said


def test_replay(file, url, recorded):
    before = sum(len(calls) for calls in Api.seen.values())
    done, status, said = replay(file, url, {"amount": 7})
    claim("a replay has the same output", done.get("output") == recorded["output"], done)
    claim("and no drift", status == 0 and "no drift" in said, said)
    done, status, said = replay(file, url, {"amount": 8})
    claim("other parameters are drift, by their path", status == 4 and
          'order, state "Http": invocation 0: other parameters at \'/RequestBody/amount\'' in said, said)
    claim("and no value is shown", "amount\": 8" not in said, said)

    def skip(states):
        states["Down"]["Next"] = "Work"
        del states["Api"]
    done, status, said = replay(file, url, {"amount": 7}, skip)
    claim("a state that is not reached is drift", status == 4 and 'state "Api": was not reached' in said, said)

    def add(states):
        states["New"] = {"Type": "Task", "Resource": FUNCTION, "Next": "Down"}
        states["Http"]["Next"] = "New"
    done, status, said = replay(file, url, {"amount": 7}, add)
    claim("a state without a recording is not run", done["status"] == "FAILED" and
          "no recording of the state New" in done["cause"], done)
    claim("and is drift", status == 4 and 'state "New": there is no recording of it' in said, said)

    def call_once(states):
        del states["Down"]["Retry"]
    done, status, said = replay(file, url, {"amount": 7}, call_once)
    claim("so are fewer attempts", status == 4 and 'state "Down": was invoked 1 times, recorded were 2' in said, said)
    claim("nobody was called", before == sum(len(calls) for calls in Api.seen.values()))
    with Server("--mock", file, "--connections", connections()) as server:
        activity = server.call("CreateActivity", name="a")["activityArn"]
        done = server.run(server.create("order", definition(url, activity)) + "#Recorded", {"amount": 7})
        claim("it is a mock file as well", done.get("output") == recorded["output"], done)


def test_terminal(folder):
    """stepwell run, both ways, and functions whose answer looks like that of lambda:invoke."""
    machine, file = os.path.join(folder, "m.json"), os.path.join(folder, "run.json")
    with open(machine, "w", encoding="utf-8") as text:
        json.dump(chain(("F", {"Resource": FUNCTION}), ("G", {"Resource": INVOKE, "Parameters": {
            "FunctionName": "g", "Payload.$": "$"}})), text)
    given = ["run", machine, "-q", "-f", 'f=echo \'{"Payload": 1, "StatusCode": 2}\'', "-f", "g=cat"]
    done = stepwell(*given, "--record", file)
    again = stepwell("run", machine, "-q", "--replay", file)
    claim("run replays what run has recorded", done.returncode == 0 and again.stdout == done.stdout,
          (done.stderr, again.stderr))
    claim_done("without drift", again, 0, "no drift")
    claim_done("with another input there is some", stepwell("run", machine, "-q", "--replay", file, "--input", "[1]"),
               4, 'state "F": invocation 0: other parameters')
    claim_done("a file is not written over", stepwell(*given, "--record", file), 2, "there already")
    claim_done("nor a folder made", stepwell(*given, "--record", folder + "/no/x"), 2, "no/x")
    claim_done("not both", stepwell("run", machine, "--replay", file, "--record", file + "2"), 2, "contradict")
    claim_done("no mocks beside", stepwell("run", machine, "--replay", file, "--mock", file), 2, "without --mock")
    claim_done("another case by its name", stepwell("run", machine, "--replay", file, "--record-case", "x"), 2, '"x"')


def main():
    with tempfile.TemporaryDirectory() as folder:
        url, file = f"http://127.0.0.1:{listen()}", os.path.join(folder, "recorded.json")
        recorded = record(file, url)
        test_file(file)
        test_replay(file, url, recorded)
        test_terminal(folder)
    finish()


main()
