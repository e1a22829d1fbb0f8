#!/usr/bin/env python3
"""The server's life: machines that go while executions run, restarts, ends, and who shares data."""

import http.client
import http.server
import json
import os
import re
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid

from cli_check import STEPWELL, claim, finish
from server_process import LAMBDA, SANITIZED, ApiError, Client, Gone, Server, create_machine

FOLDER = tempfile.TemporaryDirectory()
SERVERS = []
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def wait(seconds, **fields):
    return dict({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "Next": "P"},
                                            "P": {"Type": "Pass", "End": True}}}, **fields)


def server(name, *options):
    SERVERS.append(Server(os.path.join(FOLDER.name, name), *options).start())
    return SERVERS[-1]


def refusal(client, action, **members):
    """The name of the error, or what was answered instead."""
    try:
        return client.call(action, **members)
    except ApiError as error:
        return error.name


def until(client, execution, *statuses):
    for _ in range(600):
        row = client.patiently("DescribeExecution", executionArn=execution)
        if row["status"] in statuses:
            break
        time.sleep(0.05)
    return row


def until_gone(client, machine):
    for _ in range(600):
        answer = refusal(client, "DescribeStateMachine", stateMachineArn=machine)
        if answer == "StateMachineDoesNotExist":
            break
        time.sleep(0.05)
    return answer


def test_retention():
    """Executions are forgotten 90 days after their end. The store is made older, not the test."""
    with_data = server("retention")
    client = Client(with_data)
    machine = create_machine(client, "m", PASS)
    names = [f"old-{i}" for i in range(3)] + ["new"]
    runs = {name: client.call("StartExecution", stateMachineArn=machine, name=name)["executionArn"]
            for name in names}
    for run in runs.values():
        until(client, run, "SUCCEEDED")
    client.call("StartExecution", stateMachineArn=create_machine(client, "w", wait(3600)), name="w")
    with_data.stop()
    client.close()
    with sqlite3.connect(os.path.join(with_data.data, "stepwell.db")) as db:
        db.execute("UPDATE executions SET start_ms = start_ms - 91 * 86400000, "
                   "stop_ms = stop_ms - 91 * 86400000 WHERE name LIKE 'old-%'")
        db.execute("UPDATE executions SET start_ms = start_ms - 91 * 86400000 WHERE name = 'w'")
    db.close()
    with_data.start()
    left = names
    for _ in range(600):
        left = sorted(e["name"] for e in client.pages("ListExecutions", "executions",
                                                      stateMachineArn=machine))
        if left == ["new"]:
            break
        time.sleep(0.05)
    claim("executions are forgotten after 90 days", left == ["new"], left)
    answer = refusal(client, "GetExecutionHistory", executionArn=runs["old-1"])
    claim("and their histories", answer == "ExecutionDoesNotExist", answer)
    again = client.call("StartExecution", stateMachineArn=machine, name="old-1")
    claim("their names are free", again["executionArn"] == runs["old-1"], again)
    running = client.pages("ListExecutions", "executions", stateMachineArn=machine.replace(
        ":m", ":w") if machine.endswith(":m") else machine)
    claim("what runs is kept, however old", [e["name"] for e in running] == ["w"], running)


def test_deleting():
    with_data = server("deleting")
    client = Client(with_data)
    machine = create_machine(client, "m", wait(2))
    run = client.call("StartExecution", stateMachineArn=machine, name="r")["executionArn"]
    client.call("DeleteStateMachine", stateMachineArn=machine)
    status = client.call("DescribeStateMachine", stateMachineArn=machine)["status"]
    claim("a machine with executions is DELETING", status == "DELETING", status)
    for action, members in (("StartExecution", {"stateMachineArn": machine}),
                            ("UpdateStateMachine", {"stateMachineArn": machine,
                                                    "definition": json.dumps(PASS)}),
                            ("CreateStateMachine", {"name": "m", "roleArn": "arn:aws:iam::1:role/r",
                                                    "definition": json.dumps(wait(2))})):
        answer = refusal(client, action, **members)
        claim(f"{action} is refused meanwhile", answer == "StateMachineDeleting", answer)
    with_data.kill()
    with_data.start()
    status = client.patiently("DescribeStateMachine", stateMachineArn=machine)["status"]
    claim("it still is after a crash", status == "DELETING", status)
    claim("it goes with its last execution", until_gone(client, machine) ==
          "StateMachineDoesNotExist")
    answer = create_machine(client, "m", PASS)
    claim("its name is free then", answer == machine, answer)
    answer = client.call("StartExecution", stateMachineArn=machine, name="r")["executionArn"]
    claim("and so are its executions' names", answer == run, answer)
    row = until(client, run, "SUCCEEDED")
    claim("the new one's execution is its own", row["status"] == "SUCCEEDED", row)
    machine = create_machine(client, "n", wait(1000))
    run = client.call("StartExecution", stateMachineArn=machine)["executionArn"]
    client.call("DeleteStateMachine", stateMachineArn=machine)
    client.call("StopExecution", executionArn=run)
    claim("stopping the last one is enough", until_gone(client, machine) ==
          "StateMachineDoesNotExist")
    with_data.kill()


def test_repeated_starts_do_not_keep_a_machine():
    with_data = server("repeated")
    client = Client(with_data)
    machine = create_machine(client, "m", wait(1))
    for _ in range(3):
        client.call("StartExecution", stateMachineArn=machine, name="same")
    refusal(client, "StartExecution", stateMachineArn=machine, name="same", input="[1]")
    client.call("DeleteStateMachine", stateMachineArn=machine)
    claim("starts that were none don't count", until_gone(client, machine) ==
          "StateMachineDoesNotExist")
    with_data.kill()


def test_updates_side_by_side():
    with_data = server("updates")
    machine = create_machine(Client(with_data), "m", wait(0))
    wrong = []

    def update(number):
        client = Client(with_data)
        for turn in range(20):
            try:
                client.call("UpdateStateMachine", stateMachineArn=machine,
                            roleArn=f"arn:aws:iam::123456789012:role/r{number}x{turn}")
                client.call("DescribeStateMachine", stateMachineArn=machine)
                client.call("StartExecution", stateMachineArn=machine)
            except ApiError as error:
                wrong.append(str(error))
        client.close()

    threads = [threading.Thread(target=update, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claim("updates side by side don't disturb each other", not wrong, wrong[:3])
    with_data.kill()


def test_generated_names():
    """A name that nobody gave says its execution's id; it is a name like any other."""
    with_data = server("generated")
    client = Client(with_data)
    machine, other = (create_machine(client, name, PASS) for name in ("m", "other"))
    runs = [client.call("StartExecution", stateMachineArn=machine)["executionArn"]
            for _ in range(50)]
    names = {run.rsplit(":", 1)[1] for run in runs}
    claim("generated names differ and look like AWS's", len(names) == len(runs) and all(
        re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", name)
        for name in names), names)
    stranger = str(uuid.uuid4())
    client.call("StartExecution", stateMachineArn=machine, name=stranger)
    for run in runs:
        until(client, run, "SUCCEEDED")
    for turn in ("", " after a crash"):
        found = [client.call("DescribeExecution", executionArn=run)["executionArn"] for run in runs]
        claim("they lead to their executions" + turn, found == runs, found)
        name = runs[7].rsplit(":", 1)[1]
        again = refusal(client, "StartExecution", stateMachineArn=machine, name=name)
        claim("they are taken" + turn, again == "ExecutionAlreadyExists", again)
        again = refusal(client, "StartExecution", stateMachineArn=machine, name=stranger)
        claim("so is a UUID that was given" + turn, again == "ExecutionAlreadyExists", again)
        elsewhere = refusal(client, "DescribeExecution",
                            executionArn=runs[7].replace(":m:", ":other:"))
        claim("in their machine alone" + turn, elsewhere == "ExecutionDoesNotExist", elsewhere)
        client.close()
        with_data.kill()
        with_data.start()
        client = Client(with_data)
    free = client.call("StartExecution", stateMachineArn=other, name=name)["executionArn"]
    claim("another machine may use one", until(client, free, "SUCCEEDED")["name"] == name, free)
    with_data.kill()


def test_nested_names():
    with_data = server("nested")
    client = Client(with_data)
    child = create_machine(client, "child", PASS)
    parent = create_machine(client, "parent", {"StartAt": "N", "States": {"N": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True,
        "Parameters": {"StateMachineArn": child, "Name.$": "$.name"}}}})
    for name, expected in (("fine", None), ("a b", "StepFunctions.InvalidNameException"),
                           ("fine", "StepFunctions.ExecutionAlreadyExistsException")):
        run = client.call("StartExecution", stateMachineArn=parent,
                          input=json.dumps({"name": name}))["executionArn"]
        row = until(client, run, "SUCCEEDED", "FAILED")
        claim(f"a nested execution named {name!r}: {expected}", row.get("error") == expected, row)
    with_data.kill()


def test_second_server():
    with_data = server("shared")
    second = subprocess.run([STEPWELL, "serve", "--port", "0", "--data", with_data.data],
                            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    claim("a second server on the same data is refused", second.returncode == 1 and
          "in use by process" in second.stderr, (second.returncode, second.stderr))
    claim("the first one doesn't mind", with_data.answers())
    with_data.kill()


def test_worker_that_went_away():
    with_data = server("workers")
    client = Client(with_data)
    activity = client.call("CreateActivity", name="a")["activityArn"]
    machine = create_machine(client, "m", {"StartAt": "A", "States": {"A": {
        "Type": "Task", "Resource": activity, "End": True}}})
    for _ in range(3):  # pollers whose connections are gone
        lost = http.client.HTTPConnection("127.0.0.1", with_data.port)
        lost.request("POST", "/", json.dumps({"activityArn": activity}),
                     {"X-Amz-Target": "AWSStepFunctions.GetActivityTask",
                      "Content-Type": "application/x-amz-json-1.0"})
        time.sleep(0.2)
        lost.sock.shutdown(socket.SHUT_RDWR)
        lost.close()
    run = client.call("StartExecution", stateMachineArn=machine)["executionArn"]
    task = client.call("GetActivityTask", activityArn=activity)
    claim("a task goes to a worker that is there", task.get("taskToken"), task)
    client.call("SendTaskSuccess", taskToken=task["taskToken"], output="{}")
    row = until(client, run, "SUCCEEDED")
    claim("and ends", row["status"] == "SUCCEEDED", row)
    with_data.kill()


def test_clean_end():
    with_data = server("clean", "--drain", "1")
    client = Client(with_data)
    activity = client.call("CreateActivity", name="a")["activityArn"]
    machine = create_machine(client, "m", wait(2))
    express = create_machine(client, "e", wait(30), type="EXPRESS")
    late = create_machine(client, "late", wait(1000, TimeoutSeconds=2))
    runs = [client.call("StartExecution", stateMachineArn=machine)["executionArn"]
            for _ in range(20)]
    timed = client.call("StartExecution", stateMachineArn=late)["executionArn"]
    answers = []

    def hold(action, **members):
        try:
            answers.append(Client(with_data).call(action, **members))
        except (ApiError, Gone) as error:
            answers.append(error)

    held = [threading.Thread(target=hold, args=("GetActivityTask",),
                             kwargs={"activityArn": activity}),
            threading.Thread(target=hold, args=("StartSyncExecution",),
                             kwargs={"stateMachineArn": express})]
    for thread in held:
        thread.start()
    time.sleep(0.5)
    status = with_data.stop()
    claim("SIGTERM ends it with 0", status == 0, (status, with_data.said()))
    for thread in held:
        thread.join(30)
    claim("whoever waited got an answer", len(answers) == 2 and {} in answers, answers)
    with_data.start()
    rows = [until(client, run, "SUCCEEDED")["status"] for run in runs]
    claim("executions go on after it", rows == ["SUCCEEDED"] * len(runs), rows)
    row = until(client, timed, "TIMED_OUT")
    claim("time-outs hold over a restart", row["status"] == "TIMED_OUT", row)
    with_data.kill()


def test_drain():
    """Three calls in a row: the end comes during the first; the others are made after it."""
    calls = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            calls.append(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(1)
            try:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
            except OSError:
                self.close_connection = True  # the server was killed meanwhile

        def log_message(self, *_):
            pass

    functions = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=functions.serve_forever, daemon=True).start()
    with_data = server("drain", "--lambda-endpoint", f"http://127.0.0.1:{functions.server_port}")
    client = Client(with_data)
    call = {"Type": "Task", "Resource": LAMBDA + "f"}
    machine = create_machine(client, "m", {"StartAt": "A", "States": {
        "A": dict(call, Next="B"), "B": dict(call, Next="C"), "C": dict(call, End=True)}})
    run = client.call("StartExecution", stateMachineArn=machine)["executionArn"]
    while not calls:
        time.sleep(0.01)
    status = with_data.stop()
    claim("a clean end waits for the call in flight", (status, len(calls)) == (0, 1),
          (status, calls, with_data.said()))
    with_data.start()
    row = until(client, run, "SUCCEEDED", "FAILED")
    claim("and the next calls are made after it", (row["status"], len(calls)) ==
          ("SUCCEEDED", 3), (row, len(calls)))
    client.call("StartExecution", stateMachineArn=machine)
    while len(calls) < 4:
        time.sleep(0.01)
    with_data.kill()
    with_data.start()
    rows = client.patiently("ListExecutions", stateMachineArn=machine)["executions"]
    row = until(client, rows[0]["executionArn"], "SUCCEEDED", "FAILED")
    claim("a call that a crash cuts off fails with its cause", (row["status"], len(calls)) ==
          ("FAILED", 4) and "server stopped" in row["cause"], (row, len(calls)))
    with_data.kill()
    functions.shutdown()


def test_sleepers():
    count = 200 if SANITIZED else 3000
    with_data = server("sleepers")
    machine = create_machine(Client(with_data), "m", wait(100000))
    before = with_data.memory_kb()

    def start(number):
        client = Client(with_data)
        for _ in range(number):
            client.call("StartExecution", stateMachineArn=machine)
        client.close()

    threads = [threading.Thread(target=start, args=(count // 10,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(200):
        if with_data.metric("stepwell_executions_in_memory") == 0:
            break
        time.sleep(0.05)
    awake = with_data.metric("stepwell_executions_in_memory")
    claim("executions that sleep leave memory", awake == 0, awake)
    claim("they are open all the same", with_data.metric("stepwell_open_executions") == count)
    grown = with_data.memory_kb() - before
    claim("and cost little", SANITIZED or grown < 20000, f"{grown} kB for {count}")
    with_data.kill()


def main():
    for test in (test_deleting, test_retention, test_repeated_starts_do_not_keep_a_machine,
                 test_updates_side_by_side, test_generated_names, test_nested_names,
                 test_second_server, test_worker_that_went_away, test_clean_end, test_drain,
                 test_sleepers):
        try:
            test()
        except Exception as error:  # the other tests still count
            claim(test.__name__, False, repr(error))
    complaints = [one.complaint() for one in SERVERS if one.complaint()]
    claim("no server complained", not complaints, complaints)
    finish()


if __name__ == "__main__":
    main()
