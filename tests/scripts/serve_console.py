#!/usr/bin/env python3
"""What the console asks: the page's headers, streams that find their place again, slow readers, many of
them, sessions, and who is refused."""

import gzip
import http.client
import json
import os
import socket
import tempfile
import time
import urllib.parse

from cli_check import claim, finish
from serve_kit import Server

WAIT = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "B"},
                                   "B": {"Type": "Pass", "End": True}}}


def ask(server, method, path, body=None, **headers):
    at = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, answer.headers, data


class Stream:
    """A text/event-stream, read as it comes."""

    def __init__(self, server, path, **headers):
        at = urllib.parse.urlsplit(server.url)
        self.socket = socket.create_connection((at.hostname, at.port), 30)
        lines = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {at.netloc}\r\n{lines}\r\n".encode())
        self.file = self.socket.makefile("rb")

    def __iter__(self):
        event = {}
        for line in self.file:
            line = line.decode().rstrip("\r\n")
            if line == "" and event.get("event"):
                yield event
                event = {}
            elif ": " in line and not line.startswith(":"):
                name, value = line.split(": ", 1)
                if name in ("id", "event", "data"):
                    event[name] = value

    def close(self):
        self.file.close()
        self.socket.close()


def events_path(arn, **query):
    return "/console/events?" + urllib.parse.urlencode({"executionArn": arn, **query})


def until_end(stream):
    found = []
    for event in stream:
        found.append(event)
        if event["event"] == "end":
            break
    stream.close()
    return found


def test_page(server):
    status, headers, body = ask(server, "GET", "/")
    if headers["Content-Type"].startswith("text/plain"):
        claim("a binary without a page says so", status == 200 and b"without the web console" in body)
        return
    page = gzip.decompress(body).decode()
    policy = headers["Content-Security-Policy"]
    claim("the page", status == 200 and "<div id=\"app\">" in page, page)
    claim("its policy", "script-src 'self'" in policy and "unsafe" not in policy and
          "frame-ancestors 'none'" in policy and headers["X-Content-Type-Options"] == "nosniff",
          policy)
    claim("a page that is known already", ask(server, "GET", "/", If_None_Match=headers["ETag"])[0]
          == 304)
    script = page.split('src="')[1].split('"')[0]
    status, headers, _ = ask(server, "GET", script)
    claim("its parts are kept for ever", status == 200 and "immutable" in headers["Cache-Control"],
          dict(headers))
    claim("what is not there", ask(server, "GET", "/assets/../server.c")[0] == 404)


def test_stream(server):
    machine = server.create("waits", WAIT)
    arn = server.start(machine)
    found = until_end(Stream(server, events_path(arn)))
    history = server.call("GetExecutionHistory", executionArn=arn)["events"]
    told = [json.loads(e["data"]) for e in found if e["event"] == "history"]
    claim("events as GetExecutionHistory has them", told == history, told)
    claim("the status at the start and at the end", [json.loads(e["data"])["status"] for e in found if
                                                     e["event"] == "status"] == ["RUNNING",
                                                                                 "SUCCEEDED"], found)
    again = until_end(Stream(server, events_path(arn), Last_Event_ID="3"))
    claim("a stream goes on behind Last-Event-ID", [e["id"] for e in again if
                                                    e["event"] == "history"] == ["4", "5", "6"], again)
    again = until_end(Stream(server, events_path(arn, after=5)))
    claim("and behind ?after", [e["id"] for e in again if e["event"] == "history"] == ["6"], again)
    status, _, body = ask(server, "GET", events_path(arn + "x"))
    claim("an execution that is not there", status == 400 and b"ExecutionDoesNotExist" in body, body)
    changes = Stream(server, "/console/changes")
    first = next(iter(changes))
    server.start(machine)
    second = next(iter(changes))
    claim("a change is told", first["event"] == second["event"] == "change", (first, second))
    changes.close()


def test_lists(server):
    status, _, body = ask(server, "GET", "/console/machines")
    machines = json.loads(body)["stateMachines"]
    claim("machines with their executions", status == 200 and machines[0]["name"] == "waits" and
          len(machines[0]["recent"]) == 2 and machines[0]["counts"]["SUCCEEDED"] >= 1, machines)
    server.call("CreateActivity", name="work")
    activity = "arn:aws:states:us-east-1:123456789012:activity:work"
    arn = server.start(server.create("asks", {"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": activity, "End": True}}}))
    time.sleep(0.2)
    path = "/console/tasks?" + urllib.parse.urlencode({"executionArn": arn})
    tasks = json.loads(ask(server, "GET", path)[2])["tasks"]
    claim("a task that waits, with its token", len(tasks) == 1 and tasks[0]["stateName"] == "T" and
          tasks[0]["kind"] == "activity", tasks)
    server.call("SendTaskSuccess", taskToken=tasks[0]["taskToken"], output='"done"')
    claim("and is answered by it", server.wait(arn)["output"] == '"done"')
    claim("then it is gone", json.loads(ask(server, "GET", path)[2])["tasks"] == [])


def test_slow(server):
    """A client that does not read costs a piece, not the history."""
    machine = server.create("large", {"StartAt": "M", "States": {"M": {
        "Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": {
            "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}}}})
    arn = server.start(machine, ["x" * 100] * 1000)
    server.wait(arn)
    slow = [Stream(server, events_path(arn)) for _ in range(50)]
    time.sleep(0.5)
    claim("others are served meanwhile", ask(server, "GET", "/console/session")[0] == 200)
    events = [e for e in until_end(slow[0]) if e["event"] == "history"]
    claim("a slow reader gets all of it", [int(e["id"]) for e in events] ==
          list(range(1, len(events) + 1)) and len(events) > 4000, len(events))
    for stream in slow[1:]:
        stream.close()
    arn = server.start(server.create("idle", {"StartAt": "W", "States": {"W": {
        "Type": "Wait", "Seconds": 3000, "End": True}}}))
    many = [Stream(server, events_path(arn)) for _ in range(500)]
    claim("five hundred watch", all(next(iter(s))["event"] == "status" for s in many))
    server.call("StopExecution", executionArn=arn)
    claim("and all see the end", all(until_end(s)[-1]["event"] == "end" for s in many))


def post(server, **headers):
    return ask(server, "POST", "/", b"{}", X_Amz_Target="AWSStepFunctions.ListStateMachines",
               **headers)[0]


def test_others(server):
    claim("the page itself may call", post(server, Origin=server.url, Sec_Fetch_Site="same-origin")
          == 200)
    claim("an SDK may", post(server) == 200)
    claim("another site may not", post(server, Origin="http://evil.example") == 403)
    claim("nor may one that says nothing but that", post(server, Sec_Fetch_Site="cross-site") == 403)
    claim("nor one whose name means this machine", post(
        server, Host="evil.example:1", Origin="http://evil.example:1") == 403)
    claim("localhost is this machine", post(
        server, Host="localhost:1", Origin="http://localhost:1") == 200)
    claim("streams are for the page alone, too", ask(
        server, "GET", "/console/changes", Origin="http://evil.example")[0] == 403)


def test_sessions():
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "credentials")
        with open(file, "w", encoding="utf-8") as out:
            out.write("[a]\naws_access_key_id = AKIDA\naws_secret_access_key = sesame\n")
        os.chmod(file, 0o600)
        with Server("--credentials", file) as server:
            def login(secret, **headers):
                return ask(server, "POST", "/console/login", json.dumps(
                    {"accessKeyId": "AKIDA", "secretAccessKey": secret}), **headers)
            console = {"X_Stepwell_Console": "1"}
            claim("nothing without a session", ask(server, "GET", "/console/machines")[0] == 401 and
                  json.loads(ask(server, "GET", "/console/session")[2])["login"] == "required")
            claim("a wrong secret", login("wrong", **console)[0] == 403)
            claim("a login from elsewhere", login("sesame")[0] == 400)
            status, headers, _ = login("sesame", **console)
            cookie = headers["Set-Cookie"]
            claim("a session", status == 204 and "HttpOnly" in cookie and "SameSite=Strict" in
                  cookie, cookie)
            value = cookie.split(";")[0]
            claim("it may ask", ask(server, "GET", "/console/machines", Cookie=value)[0] == 200)
            claim("it may call", post(server, Cookie=value, **console) == 200)
            claim("not without the page's header", post(server, Cookie=value) != 200)
            claim("a cookie that is none", post(server, Cookie=value[:-1] + "x", **console) != 200)
            ask(server, "POST", "/console/logout", b"", Cookie=value, **console)
            claim("it ends", post(server, Cookie=value, **console) != 200)


def main():
    with Server() as server:
        test_page(server)
        test_stream(server)
        test_lists(server)
        test_slow(server)
        test_others(server)
        arn = server.start(server.create("last", {"StartAt": "W", "States": {"W": {
            "Type": "Wait", "Seconds": 3000, "End": True}}}))
        stream = Stream(server, events_path(arn))
        next(iter(stream))
        status, _ = server.stop()
        claim("streams end with the server", status == 0 and all(
            event["event"] == "history" for event in stream))
    test_sessions()
    finish()


main()
