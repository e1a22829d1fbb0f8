#!/usr/bin/env python3
"""Functions behind an endpoint: what is sent, what answers mean, and endpoints that behave badly."""

import http.server
import json
import socket
import threading
import time
import urllib.parse

from cli_check import claim, finish
from serve_kit import Handler, Server, one_task

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
INVOKE = "arn:aws:states:::lambda:invoke"
TOGETHER = 600  # calls at once: more than one of the server's threads has


class Functions(Handler):
    """Each function is a method; what came is remembered by function."""
    protocol_version = "HTTP/1.1"
    seen = {}
    closed = threading.Event()
    here, all_here = 0, threading.Condition()

    def do_POST(self):
        url = urllib.parse.urlsplit(self.path)
        name = urllib.parse.unquote(url.path.split("/")[3])
        body = self.body()
        Functions.seen.setdefault(name, []).append((url.query, self.headers, body))
        getattr(self, name.split(":")[-1], self.missing)(body)

    def missing(self, _):
        self.answer(404, b'{"Message": "Function not found: x"}',
                    x_amzn_ErrorType="ResourceNotFoundException:http://x/", x_amzn_RequestId="r1")

    def echo(self, body):
        self.answer(200, body or b"null", X_Amz_Executed_Version="7", X_Amz_Log_Result="bG9n",
                    x_amzn_RequestId="r2", Set_Cookie="a")

    def fails(self, _):
        self.answer(200, b'{"errorType": "Mine",  "errorMessage": "m"}',
                    X_Amz_Function_Error="Unhandled")

    def fails_oddly(self, _):
        self.answer(200, b'"no object"', X_Amz_Function_Error="Unhandled")

    def busy(self, _):
        self.answer(429, b'{"message": "Rate exceeded"}', x_amzn_RequestId="r3")

    def broken(self, _):
        self.answer(502, b"<html>\xff</html>")

    def strange(self, _):
        self.answer(400, b'{"Message": "m"}', x_amzn_ErrorType="NobodyKnowsException")

    def huge(self, _):
        self.answer(200, b'"' + b"x" * (9 << 20) + b'"')

    def no_json(self, _):
        self.answer(200, b"\xfe\xff{")

    def hangs_up(self, _):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def sleeps(self, _):
        self.connection.settimeout(20)
        try:
            if self.connection.recv(1) == b"":
                Functions.closed.set()
        except OSError:
            pass
        self.close_connection = True


    def waits_for_all(self, body):
        with Functions.all_here:
            Functions.here += 1
            Functions.all_here.notify_all()
            Functions.all_here.wait_for(lambda: Functions.here >= TOGETHER, 30)
        self.echo(body)


class Endpoint(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, *what):
        pass


def test_what_is_sent(server):
    plain = server.create("plain", one_task(ARN + "echo"))
    done = server.run(plain, {"a": 1.50})
    claim("a plain function's result is its payload", done.get("output") == '{"a": 1.5}', done)
    query, headers, body = Functions.seen["echo"][-1]
    claim("the event is the input", body == b'{"a": 1.5}', body)
    claim("a function of ours goes by its name", query == "", query)
    claim("the call looks like AWS's", headers["X-Amz-Invocation-Type"] == "RequestResponse" and
          "Credential=123456789012/" in headers["Authorization"], headers)
    server.run(server.create("alias", one_task(ARN + "echo:live")))
    claim("its alias is the qualifier", Functions.seen["echo"][-1][0] == "Qualifier=live")
    far = "arn:aws:lambda:eu-west-1:123456789012:function:echo"
    server.run(server.create("far", one_task(far)))
    claim("a function of another region goes by its ARN", far in Functions.seen, list(Functions.seen))
    parameters = {"FunctionName": "echo", "Payload": {"x": "é"}, "Qualifier": "2",
                  "LogType": "Tail", "ClientContext": "e30="}
    done = server.run(server.create("invoke", one_task(INVOKE, Parameters=parameters)))
    query, headers, body = Functions.seen["echo"][-1]
    claim("lambda:invoke passes everything on", query == "Qualifier=2" and headers["X-Amz-Log-Type"]
          == "Tail" and headers["X-Amz-Client-Context"] == "e30=" and json.loads(body) == {"x": "é"},
          (query, headers.items(), body))
    result = json.loads(done["output"])
    claim("and its result has AWS's shape", list(result) == [
        "ExecutedVersion", "LogResult", "Payload", "SdkHttpMetadata", "SdkResponseMetadata",
        "StatusCode"], result)
    claim("with the headers in two forms",
          result["SdkHttpMetadata"]["AllHttpHeaders"]["Set-Cookie"] == ["a"] and
          result["SdkHttpMetadata"]["HttpHeaders"]["Set-Cookie"] == "a", result)


def test_answers(server):
    def claim_failure(function, error, *parts, resource=INVOKE):
        parameters = {"Parameters": {"FunctionName": function}} if resource == INVOKE else {}
        name = function + ("-service" if resource == INVOKE else "-plain")
        done = server.run(server.create(name, one_task(resource, **parameters)))
        cause = done.get("cause", "")
        claim(f"{name} fails with {error}", done.get("error") == error and
              all(part in cause for part in parts), (done.get("error"), cause[:300]))

    claim_failure("nobody", "Lambda.ResourceNotFoundException",
                  "Function not found: x (Service: AWSLambda; Status Code: 404; Error Code: "
                  "ResourceNotFoundException; Request ID: r1; Proxy: null)")
    claim_failure("fails", "Mine", '{"errorType":"Mine","errorMessage":"m"}')
    claim_failure("fails", "Mine", '{"errorType": "Mine",  "errorMessage": "m"}',
                  resource=ARN + "fails")
    claim_failure("fails_oddly", "Lambda.Unknown", 'Returned payload: "no object"')
    claim_failure("busy", "Lambda.TooManyRequestsException", "Rate exceeded", "429")
    claim_failure("broken", "Lambda.ServiceException", "<html>?</html>", "502")
    claim_failure("strange", "Lambda.AWSLambdaException", "NobodyKnowsException")
    claim_failure("huge", "States.DataLimitExceeded", "'lambda'")
    claim_failure("huge", "States.DataLimitExceeded", ARN + "huge", resource=ARN + "huge")
    claim_failure("hangs_up", "Lambda.SdkClientException", "Unable to execute HTTP request")
    done = server.run(server.create("no-json", one_task(ARN + "no_json")))
    claim("a result that is no JSON fails the task", done["status"] == "FAILED", done)


def test_never_twice(server):
    machine = server.create("pipe", {"StartAt": "A", "States": {
        "A": {"Type": "Task", "Resource": ARN + "echo", "Next": "B"},
        "B": {"Type": "Task", "Resource": ARN + "hangs_up", "End": True}}})
    before = len(Functions.seen["hangs_up"])
    done = server.run(machine)
    claim("a connection that dies under a call is no reason to call again",
          done["status"] == "FAILED" and len(Functions.seen["hangs_up"]) == before + 1,
          (done["status"], len(Functions.seen["hangs_up"]) - before))


def test_slow(server):
    slow = server.create("slow", one_task(ARN + "sleeps"))
    quick = server.create("quick", one_task(ARN + "echo"))
    running = [server.start(slow) for _ in range(50)]
    began = time.time()
    done = server.run(quick)
    claim("slow calls do not hold up others", done["status"] == "SUCCEEDED" and
          time.time() - began < 3, time.time() - began)
    server.call("StopExecution", executionArn=running[0])
    claim("a stopped execution's call is given up", Functions.closed.wait(5))
    done = server.run(server.create("late", one_task(ARN + "sleeps", TimeoutSeconds=1)))
    claim("TimeoutSeconds ends a call", done.get("error") == "States.Timeout", done)
    for execution in running[1:]:
        server.call("StopExecution", executionArn=execution)


def test_token(server):
    machine = server.create("token", one_task(INVOKE + ".waitForTaskToken", Parameters={
        "FunctionName": "echo", "Payload": {"token.$": "$$.Task.Token"}}))
    execution = server.start(machine)
    deadline = time.time() + 10
    while "TaskSubmitted" not in server.types(execution) and time.time() < deadline:
        time.sleep(0.02)
    token = json.loads(Functions.seen["echo"][-1][2])["token"]
    server.call("SendTaskSuccess", taskToken=token, output='"done"')
    done = server.wait(execution)
    claim("the token decides, not the function", done.get("output") == '"done"', done)


def test_many(server):
    """Calls at once, by several threads of the server; and as many that are stopped."""
    machine = server.create("many", one_task(ARN + "waits_for_all"))
    executions = [server.start(machine, {"n": n}) for n in range(TOGETHER)]
    done = [server.wait(execution, 60) for execution in executions]
    claim(f"{TOGETHER} calls are under way at once, each with its own answer",
          [json.loads(d.get("output") or "{}").get("n") for d in done] == list(range(TOGETHER)),
          [d["status"] for d in done if d["status"] != "SUCCEEDED"][:3])
    before = len(Functions.seen["sleeps"])
    machine = server.create("many-stopped", one_task(ARN + "sleeps"))
    executions = [server.start(machine) for _ in range(TOGETHER)]
    deadline = time.time() + 30
    while len(Functions.seen["sleeps"]) - before < TOGETHER and time.time() < deadline:
        time.sleep(0.02)
    for execution in executions:
        server.call("StopExecution", executionArn=execution)
    done = [server.wait(execution) for execution in executions]
    claim("as many are given up", all(d["status"] == "ABORTED" for d in done),
          [d for d in done if d["status"] != "ABORTED"][:2])
    done = server.run(server.create("after", one_task(ARN + "echo")))
    claim("and others are made after them", done["status"] == "SUCCEEDED", done)


def test_no_endpoint():
    with Server() as server:
        done = server.run(server.create("x", one_task(ARN + "echo")))
        claim("with neither keys nor an endpoint the task says what to do",
              done.get("error") == "Lambda.SdkClientException" and
              "AWS_ENDPOINT_URL" in done.get("cause", "") and
              "--functions" in done.get("cause", ""), done)
    with Server("--lambda-endpoint", "http://127.0.0.1:1") as server:
        done = server.run(server.create("x", one_task(ARN + "echo")))
        claim("an endpoint that is not there fails the task",
              done.get("error") == "Lambda.SdkClientException", done)


def main():
    endpoint = Endpoint(("127.0.0.1", 0), Functions)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/"
    with Server("--lambda-endpoint", url) as server:
        test_what_is_sent(server)
        test_answers(server)
        test_never_twice(server)
        test_token(server)
        test_slow(server)
        test_many(server)
        status, said = server.stop()
        claim("it ends when told to", status == 0, (status, said))
    test_no_endpoint()
    finish()


main()
