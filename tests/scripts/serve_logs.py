#!/usr/bin/env python3
"""What executions log: the shape of AWS's execution logs, by level, for Standard and Express machines."""

import json
import os
import tempfile
import urllib.request

from cli_check import claim, finish
from server_process import ROLE, STATES, Client, Server, create_machine

FOLDER = tempfile.TemporaryDirectory()
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}


def logging(level, group, data=False):
    return {"level": level, "includeExecutionData": data, "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": f"{GROUP}{group}:*"}}]}


def lines(server, group):
    path = os.path.join(server.data, "logs", f"aws-vendedlogs-states-{group}.log")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def run(client, name, definition, config, **members):
    machine = create_machine(client, name, definition, loggingConfiguration=config, **members)
    if members.get("type") == "EXPRESS":
        return client.call("StartSyncExecution", stateMachineArn=machine, input='{"x": "secret"}')
    return client.call("StartExecution", stateMachineArn=machine, input='{"x": "secret"}')


server = Server(os.path.join(FOLDER.name, "data")).start()
client = Client(server)
whole = run(client, "whole", PASS, logging("ALL", "whole", True))["executionArn"]
run(client, "bare", PASS, logging("ALL", "bare"))
for level in ("ERROR", "FATAL", "OFF"):
    run(client, level, FAIL, logging(level, level))
sync = run(client, "sync", FAIL, logging("ALL", "sync", True), type="EXPRESS")["executionArn"]
run(client, "hostile", PASS, {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {
    "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:../../../up:*"}}]})
history = []
while not history or history[-1]["type"] != "ExecutionSucceeded":
    history = client.call("GetExecutionHistory", executionArn=whole)["events"]
client.call("DescribeExecution", executionArn=whole)
with urllib.request.urlopen(f"{server.url}/metrics") as answer:
    samples = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines()
                   if not line.startswith("#"))


def metric(name, machine):
    label = f'{{state_machine_arn="{STATES}stateMachine:{machine}"}}'
    return samples.get(f"stepwell_state_machine_{name}{label}")


claim("metrics count for each machine", [metric("executions_started_total", "whole"),
                                         metric("executions_succeeded_total", "whole"),
                                         metric("executions_failed_total", "whole"),
                                         metric("executions_failed_total", "sync")] ==
      ["1", "1", "0", "1"], samples)
claim("and all together", samples["stepwell_executions_started_total"] == "7", samples)
status = server.stop()
claim("the server ends well", status == 0 and not server.complaint(), server.said())

found = lines(server, "whole")
claim("a line for each event of the history", [e["id"] for e in found] == ["1", "2", "3", "4"], found)
claim("in the shape of AWS's", found[1] == {
    "id": "2", "type": "PassStateEntered",
    "details": {"name": "P", "input": '{"x": "secret"}', "inputDetails": {"truncated": False}},
    "previous_event_id": "0", "event_timestamp": str(round(history[1]["timestamp"] * 1000)),
    "execution_arn": whole, "redrive_count": "0"}, found[1:2])
found = lines(server, "bare")
claim("without data when it is not asked for", len(found) == 4 and "secret" not in json.dumps(found) and
      found[0]["details"] == {"roleArn": ROLE} and found[3]["details"] == {}, found)
found = [(e["type"], e["details"].get("error")) for e in lines(server, "ERROR")]
claim("ERROR logs what failed", found == [("FailStateEntered", None), ("ExecutionFailed", "E")], found)
found = [e["type"] for e in lines(server, "FATAL")]
claim("FATAL the end alone", found == ["ExecutionFailed"], found)
claim("OFF nothing", lines(server, "OFF") == [])
found = [(e["type"], e["execution_arn"] == sync) for e in lines(server, "sync")]
claim("express executions log, too", found == [
    ("ExecutionStarted", True), ("FailStateEntered", True), ("ExecutionFailed", True)], found)
everything = sorted(os.listdir(os.path.join(server.data, "logs")))
claim("no name leads out of the directory", everything == sorted(
    ["up.log"] + [f"aws-vendedlogs-states-{g}.log" for g in ("whole", "bare", "ERROR", "FATAL", "sync")]),
    everything)

server = Server(os.path.join(FOLDER.name, "stdout"), "--logs", "-").start()
client = Client(server)
sync = run(client, "m", PASS, logging("ALL", "m"), type="EXPRESS")["executionArn"]
server.stop()
found = [json.loads(line)["type"] for line in server.said().splitlines() if line.startswith("{")]
claim("or they go to the standard output", found == [
    "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"], found)
finish()
