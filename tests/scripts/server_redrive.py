#!/usr/bin/env python3
"""RedriveExecution, against the real process and over its deaths."""

import json
import os
import tempfile
import time

from cli_check import claim, finish
from server_process import STATES, ApiError, Client, Server, create_machine

FOLDER = tempfile.TemporaryDirectory()
ACTIVITY = STATES + "activity:work"
MACHINE = {"StartAt": "First", "States": {
    "First": {"Type": "Pass", "Result": 1, "ResultPath": "$.first", "Next": "Both"},
    "Both": {"Type": "Parallel", "Next": "Last", "Branches": [
        {"StartAt": "Quick", "States": {"Quick": {"Type": "Pass", "Result": "q", "End": True}}},
        {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": ACTIVITY, "End": True}}}]},
    "Last": {"Type": "Pass", "Parameters": {"both.$": "$", "redriven.$": "$$.Execution.RedriveCount"},
             "End": True}}}


def refusal(client, **members):
    try:
        return client.call("RedriveExecution", **members)
    except ApiError as error:
        return f"{error.name}: {error.message}"


def take(client):
    task = {}
    while "taskToken" not in task:
        task = client.call("GetActivityTask", activityArn=ACTIVITY)
    return task["taskToken"]


def until(client, execution, status):
    for _ in range(600):
        row = client.patiently("DescribeExecution", executionArn=execution)
        if row["status"] == status:
            break
        time.sleep(0.02)
    return row


def types(client, execution):
    events = client.call("GetExecutionHistory", executionArn=execution, maxResults=1000)["events"]
    claim("the events are numbered", [e["id"] for e in events] == list(range(1, len(events) + 1)))
    return [event["type"] for event in events]


def fail_once(client, machine, name):
    execution = client.call("StartExecution", stateMachineArn=machine, name=name,
                            input="{}")["executionArn"]
    client.call("SendTaskFailure", taskToken=take(client), error="E", cause="no")
    return execution, until(client, execution, "FAILED")


def test_whole(server, client, machine):
    execution, row = fail_once(client, machine, "whole")
    claim("a failed execution is redrivable", row["redriveStatus"] == "REDRIVABLE" and
          "redriveStatusReason" not in row and row["redriveCount"] == 0, row)
    answer = client.call("RedriveExecution", executionArn=execution, clientToken="one")
    again = client.call("RedriveExecution", executionArn=execution, clientToken="one")
    claim("the same token gives the same date", answer == again, (answer, again))
    answer = refusal(client, executionArn=execution)
    claim("a running one is refused", answer ==
          "ExecutionNotRedrivable: Execution is RUNNING and cannot be redriven", answer)
    row = client.call("DescribeExecution", executionArn=execution)
    claim("it runs again", row["status"] == "RUNNING" and "stopDate" not in row and
          "error" not in row and row["redriveCount"] == 1 and "redriveDate" in row, row)
    listed = client.call("ListExecutions", stateMachineArn=machine, statusFilter="RUNNING")
    claim("it is listed as running, with its date", [
        (e["name"], e["redriveCount"], "redriveDate" in e) for e in listed["executions"]] ==
        [("whole", 1, True)], listed)
    if server is not None:
        server.kill()
        server.start()
        client.close()
    client.call("SendTaskSuccess", taskToken=take(client), output='"w"')
    row = until(client, execution, "SUCCEEDED")
    claim("it succeeds with what had succeeded before",
          row["output"] == '{"both":["q","w"],"redriven":1}', row)
    names = types(client, execution)
    after = names[names.index("ExecutionRedriven"):]
    claim("the branch that had succeeded did not run again", after == [
        "ExecutionRedriven", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded",
        "TaskStateExited", "ParallelStateSucceeded", "ParallelStateExited", "PassStateEntered",
        "PassStateExited", "ExecutionSucceeded"], after)
    answer = refusal(client, executionArn=execution)
    claim("a succeeded one is refused", answer ==
          "ExecutionNotRedrivable: Execution is SUCCEEDED and cannot be redriven", answer)


def test_often(server, client, machine):
    execution, _ = fail_once(client, machine, "often")
    for count in (1, 2, 3):
        if server is not None and count == 2:
            server.kill()
            server.start()
            client.close()
        client.call("RedriveExecution", executionArn=execution)
        client.call("SendTaskFailure", taskToken=take(client), error="E", cause=f"no {count}")
        row = until(client, execution, "FAILED")
        claim(f"redrive {count} fails again", row.get("cause") == f"no {count}" and
              row["redriveCount"] == count, row)
    client.call("RedriveExecution", executionArn=execution)
    client.call("StopExecution", executionArn=execution, error="Stopped")
    row = until(client, execution, "ABORTED")
    claim("a redriven one can be stopped", row["error"] == "Stopped", row)
    client.call("RedriveExecution", executionArn=execution)
    client.call("SendTaskSuccess", taskToken=take(client), output='"w"')
    row = until(client, execution, "SUCCEEDED")
    claim("and an aborted one redriven", row["output"] == '{"both":["q","w"],"redriven":5}', row)


def test_refusals(client, machine):
    answer = refusal(client, executionArn=STATES + "execution:m:none")
    claim("one that is not there is refused", answer.startswith("ExecutionDoesNotExist"), answer)
    answer = refusal(client, executionArn=STATES + "express:m:none:id")
    claim("an express one is refused", answer.startswith("InvalidArn"), answer)
    execution, _ = fail_once(client, machine, "of-a-deleted-machine")
    client.call("DeleteStateMachine", stateMachineArn=machine)
    answer = refusal(client, executionArn=execution)
    claim("one of a deleted machine is refused", "Exception" not in answer and
          "redriveDate" not in answer, answer)


MOCKS = {"StateMachines": {"mocked": {"TestCases": {"Works": {"T": "Ok"}}}},
         "MockedResponses": {"Ok": {"0": {"Throw": {"Error": "E", "Cause": "c"}}, "1-9": {"Return": {"ok": 1}}}}}


def test_mock_case():
    """It is known after a crash, and to a redrive."""
    file = os.path.join(FOLDER.name, "mocks.json")
    with open(file, "w", encoding="utf-8") as out:
        json.dump(MOCKS, out)
    server = Server(os.path.join(FOLDER.name, "mocked"), "--mock", file).start()
    client = Client(server)
    machine = create_machine(client, "mocked", {"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "T"},
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True,
              "Parameters": {"QueueUrl": "q", "MessageBody": "b"}}}})
    execution = client.call("StartExecution", stateMachineArn=machine + "#Works")["executionArn"]
    server.kill()
    server.start()
    client.close()
    row = until(client, execution, "FAILED")
    claim("a test case is known after a crash", row.get("cause") == "c", row)
    client.call("RedriveExecution", executionArn=execution)
    row = until(client, execution, "SUCCEEDED")
    claim("and to a redrive", row.get("output") == '{"ok":1}', row)
    server.stop()


def test_all(server, client):
    client.call("CreateActivity", name="work")
    machine = create_machine(client, "m", MACHINE)
    test_whole(server if "memory" not in server.options else None, client, machine)
    test_often(server if "memory" not in server.options else None, client, machine)
    test_refusals(client, machine)
    status = server.stop()
    claim("the server ends well", status == 0 and not server.complaint(), server.said())


test_mock_case()
for name, options in (("sqlite", ()), ("memory", ("--store", "memory"))):
    started = Server(os.path.join(FOLDER.name, name), *options).start()
    try:
        test_all(started, Client(started))
    finally:
        if started.process.poll() is None:
            started.kill()
finish()
