"""What the tests of the server share: its process, and a client that knows nothing but the wire."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

from cli_check import STEPWELL

SANITIZED = os.environ.get("SANITIZED") == "1"
ROLE = "arn:aws:iam::123456789012:role/test"
STATES = "arn:aws:states:us-east-1:123456789012:"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


class ApiError(Exception):
    """An answer that is an error, by AWS's name."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.name = body.get("__type", "").split("#")[-1]
        self.message = body.get("message", "")


class Gone(Exception):
    """No answer: whether the server has done it nobody knows."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The real process, which can be killed and started again on the same data."""

    def __init__(self, data, *options, port=None, env=None):
        self.data, self.options, self.process = data, options, None
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data + ".log"
        self.env = dict(os.environ, **(env or {}))

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [STEPWELL, "serve", "--listen", "127.0.0.1", "--port", str(self.port),
                 "--data", self.data, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)
        deadline = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {self.said()}")
            time.sleep(0.01)
        return self

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def metric(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return int(re.search(rf"^{name} (\d+)$", text, re.M).group(1))

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=60):
        """As an operator does: SIGTERM. The exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-4000:]

    def complaint(self):
        """The first line of the log that a healthy server doesn't write; empty: none."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            lines = [line for line in log
                     if re.search("Sanitizer|[Aa]ssert|Fatal|^stepwell: |Z error ", line)]
        return lines[0] if lines else ""


class Client:
    """One kept connection. call() answers, or raises ApiError or Gone."""

    def __init__(self, server, timeout=70):
        self.server, self.timeout, self.connection = server, timeout, None

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def call(self, action, **members):
        body = json.dumps(members).encode()
        headers = {"X-Amz-Target": "AWSStepFunctions." + action,
                   "Content-Type": "application/x-amz-json-1.0"}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.server.port, timeout=self.timeout)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.request("POST", "/", body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Gone(str(error)) from error
        value = json.loads(text)
        if answer.status != 200:
            raise ApiError(answer.status, value)
        return value

    def patiently(self, action, **members):
        """Asks until there is an answer; only for what may be asked twice."""
        while True:
            try:
                return self.call(action, **members)
            except Gone:
                time.sleep(0.02)

    def pages(self, action, member, **members):
        items = []
        while True:
            page = self.patiently(action, **members)
            items += page[member]
            if "nextToken" not in page:
                return items
            members["nextToken"] = page["nextToken"]


def create_machine(client, name, definition, **members):
    return client.call("CreateStateMachine", name=name, roleArn=ROLE,
                       definition=json.dumps(definition), **members)["stateMachineArn"]
