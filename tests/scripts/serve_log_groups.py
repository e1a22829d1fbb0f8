#!/usr/bin/env python3
"""Execution logs in CloudWatch Logs: groups that must be there, streams and batches, and a service that refuses,
stumbles, hangs or loses its groups while executions go on; against a server that checks what AWS would refuse."""

import http.server
import json
import threading
import time

from cli_check import claim, finish
from serve_kit import Failed, Handler, Server

PREFIX = "arn:aws:logs:us-east-1:123456789012:log-group:"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
LOOP = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "End": True, "ItemProcessor": {
    "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}}}}


class Logs(Handler):
    protocol_version = "HTTP/1.1"
    groups, calls, fault = {}, [], None  # groups: name -> {stream: [event]}
    lock = threading.Lock()
    hang = threading.Event()

    def refuse(self, name):
        self.answer(400, {"__type": name, "message": "no"})

    def do_POST(self):
        body = json.loads(self.body())
        action = self.headers["X-Amz-Target"].split(".")[1]
        with Logs.lock:
            Logs.calls.append((action, body))
            fault = Logs.fault and Logs.fault(action, body)
        if fault == "hang":
            Logs.hang.wait(30)
        if fault:
            self.refuse(fault)
            return
        group = Logs.groups.get(body["logGroupName"])
        stream = body["logStreamName"]
        if group is None or (action == "PutLogEvents" and stream not in group):
            self.refuse("ResourceNotFoundException")
        elif action == "CreateLogStream" and stream in group:
            self.refuse("ResourceAlreadyExistsException")
        elif action == "CreateLogStream":
            group[stream] = []
            self.answer(200, {})
        else:
            events = body["logEvents"]
            times = [event["timestamp"] for event in events]
            size = sum(len(event["message"].encode()) + 26 for event in events)
            if times != sorted(times) or size > 1048576 or len(events) > 10000:
                self.refuse("InvalidParameterException")
                return
            group[stream] += events
            self.answer(200, {"nextSequenceToken": "1"})


class Service(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *what):
        """A caller that did not wait for its answer."""


def logging(group, level="ALL", data=False):
    return {"level": level, "includeExecutionData": data, "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": f"{PREFIX}{group}:*"}}]}


def events(group):
    return [json.loads(event["message"]) for stream in list(Logs.groups.get(group, {}).values())
            for event in list(stream)]


def wait_for(check, seconds=20):
    deadline = time.time() + seconds
    while not check() and time.time() < deadline:
        time.sleep(0.02)
    return check()


def refused(call, name, message):
    try:
        call()
        return False, "nothing was refused"
    except Failed as error:
        return error.name == name and error.message == message, (error.name, error.message)


def claim_refused(what, call, name, message):
    ok, got = refused(call, name, message)
    claim(what, ok, got)


def test_groups(server):
    """As AWS does, a group that is not there refuses the machine."""
    missing = ("InvalidLoggingConfiguration", "Invalid Logging Configuration: Log Destination not found.")
    claim_refused("a group that is not there", lambda: server.create(
        "m", PASS, loggingConfiguration=logging("none")), *missing)
    claim("and the machine is not, either", server.call("ListStateMachines")["stateMachines"] == [])
    machine = server.create("m", PASS)
    claim_refused("the same of an update", lambda: server.call(
        "UpdateStateMachine", stateMachineArn=machine, loggingConfiguration=logging("none")), *missing)
    server.call("UpdateStateMachine", stateMachineArn=machine,
                loggingConfiguration=dict(logging("none"), level="OFF"))
    claim("level OFF asks nobody", all(body["logGroupName"] == "none" for _, body in Logs.calls) and
          len(Logs.calls) == 2, Logs.calls)
    Logs.fault = lambda *_: "AccessDeniedException"
    claim_refused("a group that may not be written", lambda: server.create(
        "m2", PASS, loggingConfiguration=logging("none")), "AccessDeniedException",
        "The state machine IAM Role is not authorized to access the Log Destination")
    Logs.fault = None
    Logs.groups["here"] = {}
    first = server.call("UpdateStateMachine", stateMachineArn=machine, loggingConfiguration=logging("here"))
    again = server.create("m3", PASS, loggingConfiguration=logging("here"))
    claim("a group that is there, the first time and again", "revisionId" in first and again and
          list(Logs.groups["here"]) == ["log_stream_created_by_aws_to_validate_log_delivery_subscriptions"],
          Logs.groups)


def test_delivery(server):
    Logs.groups["whole"] = {}
    machine = server.create("whole", PASS, loggingConfiguration=logging("whole", data=True))
    done = server.run(machine, {"x": "secret"})
    wait_for(lambda: len(events("whole")) == 4)
    found = events("whole")
    claim("a log event for each event of the history", [e["id"] for e in found] == ["1", "2", "3", "4"] and
          found[0]["execution_arn"] == done["executionArn"] and "secret" in found[0]["details"]["input"], found)
    streams = [name for name in Logs.groups["whole"] if not name.startswith("log_stream_created")]
    claim("in one stream of the machine's", len(streams) == 1 and streams[0].startswith("states/whole/2"), streams)
    server.run(machine)
    claim("which is used again", wait_for(lambda: len(events("whole")) == 8) and
          len(Logs.groups["whole"]) == 2, Logs.groups["whole"])

    express = server.create("quick", PASS, type="EXPRESS", loggingConfiguration=logging("whole"))
    server.call("StartSyncExecution", stateMachineArn=express, input="{}")
    claim("an Express execution logs, too", wait_for(lambda: len(events("whole")) == 12))

    Logs.groups["many"] = {}
    many = server.create("many", LOOP, loggingConfiguration=logging("many", data=True))
    server.run(many, {"items": ["x" * 60] * 3000})
    before = len(Logs.calls)
    claim("12,000 events and more come whole, in batches that AWS takes",
          wait_for(lambda: len(events("many")) == 4 * 3000 + 6), (len(events("many")), before))
    claim("in their order", [int(e["id"]) for e in events("many")] == list(range(1, 4 * 3000 + 7)))


def test_trouble(server):
    Logs.groups["shaky"] = {}
    machine = server.create("shaky", PASS, loggingConfiguration=logging("shaky"))
    failures = []

    def stumble(action, body):
        if action == "PutLogEvents" and len(failures) < 2:
            failures.append(body)
            return "ThrottlingException"
        return None

    Logs.fault = stumble
    server.run(machine)
    claim("what is throttled is sent again, once", wait_for(lambda: len(events("shaky")) == 4) and
          len(failures) == 2, events("shaky"))
    Logs.fault = None
    Logs.groups.pop("shaky")
    calls = len(Logs.calls)
    done = server.run(machine)
    claim("a group deleted later fails no execution", done["status"] == "SUCCEEDED", done)
    claim("its stream is looked for again", wait_for(lambda: len(Logs.calls) - calls >= 2) and
          [action for action, _ in Logs.calls[calls:calls + 2]] == ["PutLogEvents", "CreateLogStream"],
          Logs.calls[calls:])
    Logs.groups["shaky"] = {}
    last = server.run(machine)["executionArn"]
    claim("a group made anew is used, with a new stream", wait_for(lambda: any(
        e["execution_arn"] == last for e in events("shaky"))) and len(Logs.groups["shaky"]) == 1, Logs.groups["shaky"])


def test_end(server):
    """What is queued is delivered before the server ends."""
    Logs.groups["last"] = {}
    machine = server.create("last", PASS, loggingConfiguration=logging("last"))
    slow = []

    def slowly(action, body):
        if action == "PutLogEvents" and not slow:
            slow.append(body)
            time.sleep(0.5)
        return None

    Logs.fault = slowly
    for _ in range(20):
        server.start(machine)
    wait_for(lambda: server.call("ListExecutions", stateMachineArn=machine,
                                 statusFilter="RUNNING")["executions"] == [])
    status, said = server.stop()
    Logs.fault = None
    claim("the end waits for what is left", status == 0 and len(events("last")) == 80,
          (status, len(events("last"))))
    claim("a deleted group was told once", said.count("cannot be delivered") == 1, said)


def test_hanging(url):
    """A service that does not answer keeps the server for some seconds only."""
    Logs.groups["hang"] = {}
    with Server(variables={"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": url}) as server:
        machine = server.create("hang", PASS, loggingConfiguration=logging("hang"))
        Logs.fault = lambda action, body: "hang"
        done = server.run(machine)
        claim("nor does any execution wait for it", done["status"] == "SUCCEEDED", done)
        wait_for(lambda: Logs.calls[-1][1]["logGroupName"] == "hang")
        status, said = server.stop()
        claim("the server ends all the same", status == 0, (status, said))
    Logs.hang.set()
    Logs.fault = None


def main():
    service = Service(("127.0.0.1", 0), Logs)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{service.server_address[1]}"
    with Server(variables={"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": url}) as server:
        test_groups(server)
        test_delivery(server)
        test_trouble(server)
        test_end(server)
    test_hanging(url)
    with Server("--logs", "cloudwatch", variables={"HOME": "/nonexistent"}) as server:
        ok, got = refused(lambda: server.create("m", PASS, loggingConfiguration=logging("none")), "", "")
        claim("without keys the machine is refused, with the reason",
              not ok and got[0] == "InvalidLoggingConfiguration" and "AWS_ACCESS_KEY_ID" in got[1], got)
    finish()


if __name__ == "__main__":
    main()
