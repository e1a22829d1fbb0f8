#!/usr/bin/env python3
"""Real clients against the server: boto3, the AWS CLI, @aws-sdk/client-sfn.

The same scenarios run through each of them; a client that isn't installed, and an action that an
old client doesn't know yet, is skipped and counted. A client's own checks, its parsing of answers
and the class it makes of an error are what is tested here.

How each is told not to put sync- before the endpoint's name: docs/clients.md.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from cli_check import COUNTS, claim
from server_process import ROLE, SANITIZED, STATES, Server

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD_DIR = os.environ.get("BUILD_DIR", "build")
SYSTEM_PYTHON = "/usr/bin/python3"  # where Debian's python3-boto3 is, whatever comes first in PATH
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
               "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
SKIPPED = []

PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
WAIT = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": True}}})
SHORT = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}})


class Refused(Exception):
    """An error that the server answered, as the client names it."""

    def __init__(self, name, message, mapped=True):
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.mapped = name, message, mapped


class Unknown(Exception):
    """The client is older than the action."""


def skip(what):
    SKIPPED.append(what)
    print(f"skip {what}")


# --- Clients: call(action, members) -> the answer as a dict ---------------------------------------


class Boto3:
    name = "boto3"
    slow = False

    def __init__(self, server):
        import boto3
        from botocore.config import Config
        self.client = boto3.client(
            "stepfunctions", endpoint_url=server.url, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, retries={"max_attempts": 0}, read_timeout=80))

    @staticmethod
    def missing():
        try:
            import boto3  # noqa: F401
            return None
        except ImportError:
            return "python3-boto3"

    def call(self, action, **members):
        from botocore.exceptions import ClientError
        function = getattr(self.client, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower(), None)
        if function is None:
            raise Unknown(action)
        try:
            return function(**members)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            known = getattr(self.client.exceptions, code, None) if code in dir(
                self.client.exceptions) else None
            raise Refused(code, error.response["Error"]["Message"],
                          known is not None and isinstance(error, known)) from error

    def close(self):
        pass


class Cli:
    name = "aws"
    slow = True  # half a second of Python for each call

    def __init__(self, server):
        self.server = server
        self.env = dict(os.environ, **CREDENTIALS, AWS_DISABLE_HOST_PREFIX_INJECTION="true",
                        AWS_MAX_ATTEMPTS="1")

    @staticmethod
    def missing():
        return None if shutil.which("aws") else "awscli"

    def call(self, action, **members):
        command = re.sub(r"(?<!^)(?=[A-Z])", "-", action).lower()
        env = self.env
        if action in ("StartSyncExecution", "TestState"):
            env = dict(env, http_proxy=self.server.url, HTTP_PROXY=self.server.url, no_proxy="",
                       NO_PROXY="")
        done = subprocess.run(
            ["aws", "--endpoint-url", self.server.url, "--output", "json", "--no-paginate",
             "--cli-read-timeout", "80", "stepfunctions", command, "--cli-input-json",
             json.dumps(members)],
            env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode == 0:
            return json.loads(done.stdout) if done.stdout.strip() else {}
        error = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation.*?: (.*)",
                          done.stderr, re.S)
        if error:
            raise Refused(error[1], error[2].strip())
        if "nvalid choice" in done.stderr:
            raise Unknown(action)
        raise AssertionError(f"aws {command}: {done.returncode} {done.stderr[-500:]}")

    def close(self):
        pass


class JavaScript:
    name = "@aws-sdk/client-sfn"
    slow = False

    def __init__(self, server):
        script = os.path.join(self.folder(), "server_clients.mjs")
        shutil.copy(os.path.join(HERE, "server_clients.mjs"), script)
        self.process = subprocess.Popen(["node", "--no-warnings", script, server.url], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @staticmethod
    def folder():
        """Where scripts/install-deps --check has put it."""
        for folder in (BUILD_DIR, os.path.join(HERE, "..", "..", "build-check")):
            folder = os.path.join(folder, "clients")
            if os.path.isdir(os.path.join(folder, "node_modules", "@aws-sdk", "client-sfn")):
                return folder
        return None

    @staticmethod
    def missing():
        if shutil.which("node") is None:
            return "node"
        return None if JavaScript.folder() else "@aws-sdk/client-sfn"

    def call(self, action, **members):
        self.process.stdin.write(json.dumps({"action": action, "input": members}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"], answer["message"], answer["mapped"])
        return answer["output"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


# --- Scenarios ------------------------------------------------------------------------------------


class Scenarios:
    """All of them through one client; names carry its tag, so that clients don't meet."""

    def __init__(self, make, server):
        self.make, self.server, self.client = make, server, make(server)
        self.tag = re.sub(r"\W", "", self.client.name)
        self.call = self.client.call

    def claim(self, name, ok, detail=""):
        claim(f"{self.client.name}: {name}", ok, detail)

    def refused(self, claimed, expected, action, **members):
        try:
            answer = self.call(action, **members)
        except Refused as error:
            self.claim(claimed, error.name == expected and error.mapped, f"{error} {error.mapped}")
        else:
            self.claim(claimed, False, answer)

    def create(self, name, definition=PASS, **members):
        return self.call("CreateStateMachine", name=f"{name}-{self.tag}", definition=definition,
                         roleArn=ROLE, **members)["stateMachineArn"]

    def until(self, execution, status):
        for _ in range(200):
            row = self.call("DescribeExecution", executionArn=execution)
            if row["status"] == status:
                break
            time.sleep(0.05)
        return row

    def machines(self):
        arn = self.create("machine", tags=[{"key": "team", "value": "a"}])
        self.claim("created", arn == f"{STATES}stateMachine:machine-{self.tag}", arn)
        self.claim("created again: the same", self.create("machine") == arn)
        self.refused("another definition", "StateMachineAlreadyExists", "CreateStateMachine",
                     name=f"machine-{self.tag}", definition=WAIT, roleArn=ROLE)
        self.refused("a definition that is none", "InvalidDefinition", "CreateStateMachine",
                     name="bad", definition='{"StartAt":"A","States":{}}', roleArn=ROLE)
        self.refused("a name with a blank", "InvalidName", "CreateStateMachine", name="a b",
                     definition=PASS, roleArn=ROLE)
        self.refused("an ARN that is none", "InvalidArn", "DescribeStateMachine",
                     stateMachineArn="arn:aws:states")
        row = self.call("DescribeStateMachine", stateMachineArn=arn)
        self.claim("described", (row["definition"], row["status"], row["type"]) ==
                   (PASS, "ACTIVE", "STANDARD"), row)
        row = self.call("UpdateStateMachine", stateMachineArn=arn, definition=WAIT)
        self.claim("updated", row.get("updateDate"), row)
        row = self.call("DescribeStateMachine", stateMachineArn=arn)
        self.claim("updated, described", row["definition"] == WAIT, row)
        rows = self.call("ListStateMachines", maxResults=1000)["stateMachines"]
        self.claim("listed", arn in [row["stateMachineArn"] for row in rows], rows)
        self.tags(arn)
        self.call("DeleteStateMachine", stateMachineArn=arn)
        self.refused("deleted", "StateMachineDoesNotExist", "DescribeStateMachine",
                     stateMachineArn=arn)

    def tags(self, arn):
        self.call("TagResource", resourceArn=arn, tags=[{"key": "env", "value": "test"}])
        self.call("UntagResource", resourceArn=arn, tagKeys=["team"])
        tags = self.call("ListTagsForResource", resourceArn=arn)["tags"]
        self.claim("tags", tags == [{"key": "env", "value": "test"}], tags)
        self.refused("tags of nothing", "ResourceNotFound", "ListTagsForResource",
                     resourceArn=arn + "x")

    def versions(self):
        arn = self.create("versions")
        one = self.call("PublishStateMachineVersion", stateMachineArn=arn,
                        description="first")["stateMachineVersionArn"]
        self.call("UpdateStateMachine", stateMachineArn=arn, definition=SHORT)
        two = self.call("PublishStateMachineVersion", stateMachineArn=arn)["stateMachineVersionArn"]
        rows = self.call("ListStateMachineVersions", stateMachineArn=arn)["stateMachineVersions"]
        self.claim("versions, newest first", [row["stateMachineVersionArn"] for row in rows] ==
                   [two, one] == [arn + ":2", arn + ":1"], rows)
        routes = [{"stateMachineVersionArn": one, "weight": 100}]
        alias = self.call("CreateStateMachineAlias", name="live",
                          routingConfiguration=routes)["stateMachineAliasArn"]
        run = self.call("StartExecution", stateMachineArn=alias)["executionArn"]
        row = self.until(run, "SUCCEEDED")
        found = row.get("stateMachineAliasArn"), row.get("stateMachineVersionArn")
        self.claim("an execution by alias", found == (alias, one), row)
        self.call("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=[
            {"stateMachineVersionArn": one, "weight": 10},
            {"stateMachineVersionArn": two, "weight": 90}])
        row = self.call("DescribeStateMachineAlias", stateMachineAliasArn=alias)
        self.claim("an alias, updated", len(row["routingConfiguration"]) == 2, row)
        rows = self.call("ListStateMachineAliases", stateMachineArn=arn)["stateMachineAliases"]
        self.claim("aliases", [row["stateMachineAliasArn"] for row in rows] == [alias], rows)
        self.refused("a version in use", "ConflictException", "DeleteStateMachineVersion",
                     stateMachineVersionArn=one)
        self.call("DeleteStateMachineAlias", stateMachineAliasArn=alias)
        self.call("DeleteStateMachineVersion", stateMachineVersionArn=one)
        rows = self.call("ListStateMachineVersions", stateMachineArn=arn)["stateMachineVersions"]
        self.claim("a version, deleted", [row["stateMachineVersionArn"] for row in rows] == [two],
                   rows)

    def executions(self):
        arn = self.create("executions", WAIT)
        one = self.call("StartExecution", stateMachineArn=arn, name="one", input='{"n": 1}')
        again = self.call("StartExecution", stateMachineArn=arn, name="one", input='{"n": 1}')
        self.claim("started twice: once", one == again or one["executionArn"] ==
                   again["executionArn"] and one["startDate"] == again["startDate"], (one, again))
        self.refused("another input", "ExecutionAlreadyExists", "StartExecution",
                     stateMachineArn=arn, name="one", input='{"n": 2}')
        self.refused("an input that is none", "InvalidExecutionInput", "StartExecution",
                     stateMachineArn=arn, input="{")
        self.refused("no such machine", "StateMachineDoesNotExist", "StartExecution",
                     stateMachineArn=arn + "x")
        self.refused("no such execution", "ExecutionDoesNotExist", "DescribeExecution",
                     executionArn=one["executionArn"] + "x")
        for name in ("two", "three"):
            self.call("StartExecution", stateMachineArn=arn, name=name)
        row = self.call("DescribeExecution", executionArn=one["executionArn"])
        self.claim("described, running", (row["status"], row["input"], row["name"]) ==
                   ("RUNNING", '{"n": 1}', "one"), row)
        row = self.call("StopExecution", executionArn=one["executionArn"], error="E", cause="C")
        self.claim("stopped", row.get("stopDate"), row)
        row = self.until(one["executionArn"], "ABORTED")
        self.claim("stopped, described", (row["status"], row["error"], row["cause"]) ==
                   ("ABORTED", "E", "C"), row)
        self.lists(arn)
        self.history(one["executionArn"])

    def lists(self, arn):
        first = self.call("ListExecutions", stateMachineArn=arn, maxResults=2)
        rest = self.call("ListExecutions", stateMachineArn=arn, maxResults=2,
                         nextToken=first["nextToken"])
        names = [row["name"] for row in first["executions"] + rest["executions"]]
        self.claim("listed by pages, newest first", names == ["three", "two", "one"] and
                   "nextToken" not in rest, names)
        rows = self.call("ListExecutions", stateMachineArn=arn, statusFilter="ABORTED")
        self.claim("listed by status", [row["name"] for row in rows["executions"]] == ["one"], rows)

    def history(self, arn):
        forward = self.call("GetExecutionHistory", executionArn=arn)["events"]
        back = self.call("GetExecutionHistory", executionArn=arn, reverseOrder=True)["events"]
        types = ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
        self.claim("a history", [event["type"] for event in forward] == types and
                   [event["id"] for event in forward] == [1, 2, 3], forward)
        self.claim("a history, backwards", back == forward[::-1], back)
        page = self.call("GetExecutionHistory", executionArn=arn, maxResults=2)
        rest = self.call("GetExecutionHistory", executionArn=arn, maxResults=2,
                         nextToken=page["nextToken"])
        self.claim("a history by pages", page["events"] + rest["events"] == forward, (page, rest))

    def work(self, activity, seen):
        """A worker: the first task fails, the second succeeds."""
        worker = self.make(self.server)
        for number in range(2):
            task = worker.call("GetActivityTask", activityArn=activity, workerName="w")
            token = task["taskToken"]
            worker.call("SendTaskHeartbeat", taskToken=token)
            if number == 0:
                worker.call("SendTaskFailure", taskToken=token, error="Busy", cause="later")
            else:
                worker.call("SendTaskSuccess", taskToken=token, output='{"done":true}')
            seen.append((token, task["input"]))
        worker.close()

    def activities(self):
        activity = self.call("CreateActivity", name=f"act-{self.tag}")["activityArn"]
        rows = self.call("ListActivities", maxResults=1000)["activities"]
        self.claim("an activity, listed", activity in [row["activityArn"] for row in rows], rows)
        row = self.call("DescribeActivity", activityArn=activity)
        self.claim("an activity, described", row["name"] == f"act-{self.tag}", row)
        definition = {"StartAt": "A", "States": {"A": {
            "Type": "Task", "Resource": activity, "End": True, "HeartbeatSeconds": 60,
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]}}}
        arn = self.create("works", json.dumps(definition))
        seen = []
        worker = threading.Thread(target=self.work, args=(activity, seen))
        worker.start()
        run = self.call("StartExecution", stateMachineArn=arn, input='{"n":7}')["executionArn"]
        worker.join(60)
        row = self.until(run, "SUCCEEDED")
        self.claim("a worker's output", row.get("output") == '{"done":true}', row)
        self.claim("a worker's input", [text for _, text in seen] == ['{"n":7}'] * 2, seen)
        self.refused("a token that was used", "TaskTimedOut", "SendTaskSuccess",
                     taskToken=seen[0][0], output="{}")
        self.refused("a token that is none", "InvalidToken", "SendTaskHeartbeat", taskToken="x")
        self.call("DeleteActivity", activityArn=activity)
        self.refused("a deleted activity", "ActivityDoesNotExist", "DescribeActivity",
                     activityArn=activity)

    def express(self):
        arn = self.create("express", type="EXPRESS")
        row = self.call("StartSyncExecution", stateMachineArn=arn, input='{"a": 1.50}')
        self.claim("a synchronous execution", (row["status"], row["output"]) ==
                   ("SUCCEEDED", '{"a": 1.50}'), row)
        self.refused("a synchronous execution of a standard machine",
                     "StateMachineTypeNotSupported", "StartSyncExecution",
                     stateMachineArn=self.create("standard"))

    def validate(self):
        row = self.call("ValidateStateMachineDefinition", definition='{"StartAt":"A","States":{}}')
        self.claim("validated", row["result"] == "FAIL" and row["diagnostics"], row)
        state = json.dumps({"Type": "Pass", "Result": {"b": 2}, "End": True})
        row = self.call("TestState", definition=state, roleArn=ROLE, input="{}")
        self.claim("a state, tested", (row["status"], json.loads(row["output"])) ==
                   ("SUCCEEDED", {"b": 2}), row)

    def gone(self, arn, seconds):
        """Polls as Terraform does, until there is no such machine."""
        deadline = time.monotonic() + seconds
        statuses = []
        while time.monotonic() < deadline:
            try:
                statuses.append(self.call("DescribeStateMachine", stateMachineArn=arn)["status"])
            except Refused as error:
                return error.name == "StateMachineDoesNotExist" and set(statuses) <= {"DELETING"}
            time.sleep(0.2)
        return False

    def terraform(self):
        """aws_sfn_state_machine: create, read, plan, update, destroy."""
        arn = self.create("terraform", SHORT, type="STANDARD",
                          loggingConfiguration={"level": "OFF", "includeExecutionData": False},
                          tracingConfiguration={"enabled": False},
                          tags=[{"key": "Name", "value": "t"}])
        for definition in (SHORT, PASS):
            row = self.call("DescribeStateMachine", stateMachineArn=arn)
            self.claim("Terraform: what it reads", row["definition"] == definition and
                       row["loggingConfiguration"]["level"] == "OFF" and
                       row["tracingConfiguration"] == {"enabled": False} and
                       row["roleArn"] == ROLE and row["status"] == "ACTIVE", row)
            try:
                rows = self.call("ListStateMachineVersions", stateMachineArn=arn, maxResults=1)
                self.claim("Terraform: no versions", rows["stateMachineVersions"] == [], rows)
            except Unknown:
                pass
            tags = self.call("ListTagsForResource", resourceArn=arn)["tags"]
            self.claim("Terraform: tags", tags == [{"key": "Name", "value": "t"}], tags)
            if definition == SHORT:
                run = self.call("StartExecution", stateMachineArn=arn)["executionArn"]
                self.call("UpdateStateMachine", stateMachineArn=arn, definition=PASS, roleArn=ROLE,
                          loggingConfiguration={"level": "OFF", "includeExecutionData": False},
                          tracingConfiguration={"enabled": False})
        self.call("DeleteStateMachine", stateMachineArn=arn)
        self.claim("Terraform: destroyed", self.gone(arn, 30), run)
        self.claim("Terraform: created again",
                   self.create("terraform", PASS, tags=[{"key": "Name", "value": "u"}]) == arn)

    def run(self):
        scenarios = [self.machines, self.executions, self.activities, self.express, self.validate]
        if not self.client.slow:
            scenarios += [self.versions, self.terraform]
        for scenario in scenarios:
            try:
                scenario()
            except Unknown as action:
                skip(f"{self.client.name} does not know {action} yet: {scenario.__name__}")
            except Exception as error:  # the other scenarios still count
                self.claim(scenario.__name__, False, repr(error))
        self.client.close()


def main():
    if Boto3.missing() and sys.executable != SYSTEM_PYTHON and subprocess.run(
            [SYSTEM_PYTHON, "-c", "import boto3"], capture_output=True).returncode == 0:
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(os.path.join(folder, "data")).start()
        try:
            for make in (Boto3, Cli, JavaScript):
                if wanted and make.name not in wanted:
                    continue
                if make.slow and SANITIZED:
                    continue
                if make.missing():
                    skip(f"{make.name}: no {make.missing()} here")
                else:
                    Scenarios(make, server).run()
        finally:
            server.kill()
    print(f"{COUNTS[True]} passed, {COUNTS[False]} failed" +
          (f", {len(SKIPPED)} skipped" if SKIPPED else ""))
    sys.exit(COUNTS[False] > 0)


if __name__ == "__main__":
    main()
