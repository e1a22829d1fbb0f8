"""What the tests of the server share: starting it, and calling its API without an SDK."""

import http.server
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

STEPWELL = os.environ["STEPWELL"]
ROLE = "arn:aws:iam::123456789012:role/test"
OURS = ("STEPWELL_", "AWS_", "LAMBDA_", "SFN_")


class Failed(Exception):
    """An API call that was answered with an exception."""

    def __init__(self, status, body):
        super().__init__(body)
        self.status = status
        self.name = body.get("__type", "").split("#")[-1]
        self.message = body.get("message") or body.get("Message") or ""


class Server:
    """`stepwell serve` on a free port, until the end of the with block."""

    def __init__(self, *arguments, variables=None, store="memory"):
        self.folder = tempfile.TemporaryDirectory()
        env = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        env.update(variables or {})
        self.process = subprocess.Popen(
            [STEPWELL, "serve", "--port", "0", "--store", store, "--data",
             os.path.join(self.folder.name, "data"), *arguments], env=env, cwd=self.folder.name,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said, match = "", None
        for line in self.process.stdout:
            self.said += line
            match = re.search(r"https?://127\.\d+\.\d+\.\d+:\d+", line)
            if match:
                break
        self.url = match and match.group(0)

    def __enter__(self):
        if not self.url:
            raise RuntimeError(self.said + self.process.stdout.read())
        return self

    def __exit__(self, *what):
        status, said = self.stop()
        if what[0] is not None and status != 0:
            print(f"the server ended with {status}:\n{said[-20000:]}")

    def stop(self):
        """Returns the exit status and all that was said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if not self.process.stdout.closed:
            self.said += self.process.stdout.read()
            self.process.stdout.close()
        self.process.wait(timeout=60)
        self.folder.cleanup()
        return self.process.returncode, self.said

    def call(self, action, **members):
        request = urllib.request.Request(
            self.url, json.dumps(members).encode(), {
                "X-Amz-Target": "AWSStepFunctions." + action,
                "Content-Type": "application/x-amz-json-1.0"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise Failed(error.code, json.loads(error.read() or b"{}")) from None

    def create(self, name, definition, **members):
        return self.call("CreateStateMachine", name=name, definition=json.dumps(definition),
                         roleArn=ROLE, **members)["stateMachineArn"]

    def start(self, machine, value=None, **members):
        return self.call("StartExecution", stateMachineArn=machine, input=json.dumps(value or {}),
                         **members)["executionArn"]

    def wait(self, execution, seconds=20):
        """What DescribeExecution says when it has ended."""
        deadline = time.time() + seconds
        while True:
            described = self.call("DescribeExecution", executionArn=execution)
            if described["status"] != "RUNNING" or time.time() > deadline:
                return described
            time.sleep(0.02)

    def run(self, machine, value=None, **members):
        return self.wait(self.start(machine, value, **members))

    def types(self, execution):
        events = self.call("GetExecutionHistory", executionArn=execution)["events"]
        return [event["type"] for event in events]


class Handler(http.server.BaseHTTPRequestHandler):
    """What the services of the tests have in common; they say nothing of their requests."""

    def log_message(self, *what):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body, **headers):
        """The body: bytes, text, or a value as JSON. Of a header's name, _ is written for -."""
        text = body if isinstance(body, (bytes, str)) else json.dumps(body)
        data = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def one_task(resource, **members):
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": resource, "End": True,
                                             **members}}}
