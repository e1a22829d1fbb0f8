#!/usr/bin/env python3
"""Services that behave badly, jobs over restarts and stops, and whose keys sign: against a server of
ours that speaks as much of AWS as that needs."""

import http.server
import json
import os
import socket
import tempfile
import threading
import time

from cli_check import claim, finish
from serve_kit import Handler, OURS, ROLE, Server as Brief, one_task
from server_process import Client, Server, free_port
from signing import is_signed

GET_ITEM = "arn:aws:states:::dynamodb:getItem"
SDK_GET_ITEM = "arn:aws:states:::aws-sdk:dynamodb:getItem"
BATCH = "arn:aws:states:::batch:submitJob.sync"
SECRET = "5ecret-of-mine"


class Service(Handler):
    """The table's name says how it behaves; jobs are RUNNING until they are told to end."""
    protocol_version = "HTTP/1.1"
    seen, jobs, looked, looks_down = [], {}, [], 0
    hung_up = threading.Event()

    def do_POST(self):
        body = self.body()
        Service.seen.append((self.path, dict(self.headers), body))
        asked = json.loads(body or b"{}")
        if self.path == "/v1/submitjob":
            self.submit(asked)
        elif self.path == "/v1/describejobs":
            self.describe(asked)
        elif self.path == "/v1/terminatejob":
            Service.jobs[asked["jobId"]] = "FAILED"
            self.answer(200, {})
        else:
            getattr(self, asked.get("TableName", "good"))()

    def answer(self, status, body, **headers):
        super().answer(status, body, **{"x-amzn-RequestId": "R1", **headers})

    def submit(self, asked):
        name = f"job-{len(Service.jobs) + 1}"
        Service.jobs[name] = "RUNNING"
        self.answer(200, {"jobId": name, "jobName": asked["jobName"]})

    def describe(self, asked):
        Service.looked.append(asked["jobs"])
        if Service.looks_down > 0:
            Service.looks_down -= 1
            self.answer(503, {"message": "busy"})
            return
        self.answer(200, {"jobs": [{"jobId": n, "status": Service.jobs[n], "createdAt": 1700000000000}
                                   for n in asked["jobs"]]})

    def good(self):
        self.answer(200, {"Item": {"id": {"S": "1"}}})

    def throttled(self):
        self.answer(400, {"__type": "com.amazonaws.dynamodb.v20120810#"
                          "ProvisionedThroughputExceededException", "message": "slow down"})

    def once(self):
        """Answers the second call."""
        first = sum(b'"once"' in body for _, _, body in Service.seen) == 1
        self.answer(503 if first else 200, {"Item": {}})

    def limited(self):
        self.answer(429, b"")

    def broken(self):
        self.answer(500, b"<html>&nope;")

    def lies(self):
        self.answer(200, b"no json")

    def huge(self):
        self.answer(200, {"Item": {"x": {"S": "x" * 300000}}})

    def endless(self):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" " * 65536)
        except OSError:
            self.close_connection = True

    def cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"{")
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def deep(self):
        self.answer(200, b'{"Item":' + b"[" * 5000 + b"]" * 5000 + b"}")

    def slow(self):
        self.connection.settimeout(30)
        try:
            if self.connection.recv(1) == b"":
                Service.hung_up.set()
        except OSError:
            pass
        self.close_connection = True


def get_item(server, table, resource=GET_ITEM, **members):
    machine = server.create(table + str(len(resource)), one_task(
        resource, Parameters={"TableName": table, "Key": {"id": {"S": "1"}}}, **members))
    return server.run(machine)


def fails(server, what, table, error, cause="", **members):
    ended = get_item(server, table, **members)
    claim(what, ended["status"] == "FAILED" and ended["error"] == error and
          cause in ended.get("cause", ""), ended)


def test_answers(server):
    ended = get_item(server, "good")
    claim("a good answer", ended["status"] == "SUCCEEDED" and '"SdkHttpMetadata"' in
          ended["output"], ended)
    fails(server, "throttled", "throttled", "DynamoDB.ProvisionedThroughputExceededException",
          "slow down (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: "
          "ProvisionedThroughputExceededException; Request ID: R1; Proxy: null)")
    retry = [{"ErrorEquals": ["DynamoDB.AmazonDynamoDBException"], "IntervalSeconds": 1,
              "MaxAttempts": 2}]
    ended = get_item(server, "once", Retry=retry)
    claim("503, then an answer: Retry", ended["status"] == "SUCCEEDED", ended)
    fails(server, "429 without a body", "limited", "DynamoDB.AmazonDynamoDBException",
          "Status Code: 429")
    fails(server, "a page of HTML", "broken", "DynamoDB.AmazonDynamoDBException", "<html>")
    fails(server, "no JSON", "lies", "DynamoDB.SdkClientException", "Unable to execute HTTP request")
    fails(server, "a result beyond a state's limit", "huge", "States.DataLimitExceeded")
    fails(server, "an answer without end", "endless", "States.DataLimitExceeded")
    fails(server, "a connection reset in mid-body", "cut", "DynamoDB.SdkClientException",
          "Unable to execute HTTP request")
    fails(server, "an answer as deep as a well", "deep", "DynamoDB.SdkClientException")
    fails(server, "an answer beyond the time-out", "slow", "States.Timeout", TimeoutSeconds=1)
    claim("the connection is given up with its task", Service.hung_up.wait(20))
    fails(server, "the names of aws-sdk", "throttled",
          "DynamoDb.ProvisionedThroughputExceededException",
          "slow down (Service: DynamoDb, Status Code: 400, Request ID: R1)", resource=SDK_GET_ITEM)


def test_secrets(server):
    """Keys sign, and are nowhere else."""
    path, headers, body = Service.seen[0]
    authorization = headers["Authorization"]
    claim("a request is signed by the key of the environment",
          authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDMINE/") and
          headers["X-Amz-Security-Token"] == "token-of-mine", authorization)
    claim("the signature is right", is_signed("POST", path, headers, body, SECRET), authorization)
    listed = server.call("ListStateMachines")["stateMachines"]
    texts = []
    for machine in listed:
        for run in server.call("ListExecutions",
                               stateMachineArn=machine["stateMachineArn"])["executions"]:
            texts.append(json.dumps(server.call("GetExecutionHistory",
                                                executionArn=run["executionArn"])))
    claim("no secret in any history", len(texts) > 5 and
          not any(SECRET in t or "token-of-mine" in t or "Authorization" in t for t in texts))


# --- Jobs -----------------------------------------------------------------------------------------


def wait_for(what, check, seconds=30):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if check():
            return True
        time.sleep(0.05)
    print("waited in vain:", what)
    return False


def start_job(server, name):
    machine = Client(server).call("CreateStateMachine", name=name, roleArn=ROLE, definition=json.dumps(
        one_task(BATCH, Parameters={"JobName": "j", "JobQueue": "q", "JobDefinition": "d"})))
    started = Client(server).call("StartExecution", stateMachineArn=machine["stateMachineArn"], input="{}")
    return started["executionArn"]


def is_submitted(server, execution):
    events = Client(server).call("GetExecutionHistory", executionArn=execution)["events"]
    return any(e["type"] == "TaskSubmitted" for e in events)


def ended(server, execution):
    return Client(server).call("DescribeExecution", executionArn=execution)


def test_jobs(server):
    execution = start_job(server, "restart")
    claim("a job is submitted", wait_for("submission", lambda: is_submitted(server, execution)))
    jobs = len(Service.jobs)
    server.kill()
    server.start()
    time.sleep(0.5)
    claim("after kill -9 the job is not submitted again", len(Service.jobs) == jobs)
    Service.looks_down = 2
    Service.jobs["job-1"] = "SUCCEEDED"
    wait_for("its end", lambda: ended(server, execution)["status"] != "RUNNING")
    done = ended(server, execution)
    claim("after kill -9 the job is watched to its end, 503 or not", done["status"] == "SUCCEEDED" and
          json.loads(done["output"])["JobId"] == "job-1", done)

    execution = start_job(server, "fails")
    wait_for("submission", lambda: is_submitted(server, execution))
    looks = len(Service.looked)
    wait_for("looks", lambda: len(Service.looked) >= looks + 3)
    claim("it is looked at by its id, however often", all(ids == ["job-2"] for ids in Service.looked[looks:]),
          Service.looked[looks:])
    Service.jobs["job-2"] = "FAILED"
    wait_for("its end", lambda: ended(server, execution)["status"] != "RUNNING")
    done = ended(server, execution)
    claim("a job that fails fails its task, with what it is as cause",
          done["error"] == "States.TaskFailed" and
          json.loads(done["cause"])["Status"] == "FAILED", done)

    execution = start_job(server, "stopped")
    wait_for("submission", lambda: is_submitted(server, execution))
    Client(server).call("StopExecution", executionArn=execution)
    claim("stopping the execution stops the job",
          wait_for("TerminateJob", lambda: Service.jobs["job-3"] == "FAILED"))


# --- Whose keys, and where ------------------------------------------------------------------------


def brief(variables, files=()):
    folder = tempfile.mkdtemp()
    for name, text in files:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return Brief(variables={k: v.format(folder=folder) for k, v in variables.items()})


def test_keys(url):
    credentials = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key=x\n" \
                  "[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = y\n"
    with brief({"DYNAMODB_ENDPOINT": url, "AWS_PROFILE": "work",
                "AWS_SHARED_CREDENTIALS_FILE": "{folder}/credentials"},
               [("credentials", credentials)]) as server:
        get_item(server, "good")
        claim("a profile's key signs", "Credential=AKIDWORK/" in
              Service.seen[-1][1]["Authorization"], Service.seen[-1])
    with brief({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_DYNAMODB": url,
                "HOME": "{folder}"}) as server:
        get_item(server, "good")
        claim("the service's own endpoint comes first; without keys the account stands for them",
              "Credential=123456789012/" in Service.seen[-1][1]["Authorization"], Service.seen[-1])
    with brief({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "HOME": "{folder}"}) as server:
        fails(server, "a connection refused", "good", "DynamoDB.SdkClientException",
              "Unable to execute HTTP request")
    with brief({"HOME": "{folder}"}) as server:
        fails(server, "neither keys nor an endpoint", "good", "DynamoDB.SdkClientException",
              "Unable to load credentials")
    with brief({"AWS_ENDPOINT_URL_DYNAMODB": "http://no-such-host.invalid",
                "HOME": "{folder}"}) as server:
        fails(server, "a host that nobody knows", "good", "DynamoDB.SdkClientException",
              "no-such-host.invalid: Name or service not known")


def main():
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{service.server_address[1]}"
    keys = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIDMINE", "HOME": "/nonexistent",
            "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "token-of-mine"}
    with Brief("--log-level", "debug", variables=keys) as server:
        test_answers(server)
        test_secrets(server)
        _, said = server.stop()
        claim("no secret in the log", SECRET not in said and "token-of-mine" not in said)
    for name in [n for n in os.environ if n.startswith(OURS)]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(os.path.join(folder, "data"), port=free_port(), env=keys)
        server.start()
        test_jobs(server)
        server.stop()
    test_keys(url)
    finish()


main()
