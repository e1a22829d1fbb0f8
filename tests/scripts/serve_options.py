#!/usr/bin/env python3
"""Options of `stepwell serve` from everywhere, what it refuses, and mock files."""

import json
import os
import tempfile

from cli_check import claim, claim_done, finish, stepwell
from serve_kit import Failed, Server, one_task

FOLDER = tempfile.TemporaryDirectory()


def write(name, content):
    path = os.path.join(FOLDER.name, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return path


def region_of(*arguments, **variables):
    with Server(*arguments, variables=variables) as server:
        return server.create("m", {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})


def test_sources():
    config = write("config.yaml", "region: eu-west-1\naccount: '111122223333'\nno-auth: true\n")
    first = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    claim("defaults", region_of() == first)
    arn = region_of("--config", config, AWS_REGION="ap-east-1")
    claim("the file comes before AWS's variables", "eu-west-1:111122223333" in arn, arn)
    arn = region_of("--config", config, STEPWELL_REGION="sa-east-1")
    claim("our variables come before the file", "sa-east-1:111122223333" in arn, arn)
    arn = region_of("--region", "us-west-2", STEPWELL_REGION="sa-east-1", STEPWELL_CONFIG=config)
    claim("the command line comes first", "us-west-2:111122223333" in arn, arn)
    arn = region_of(AWS_ACCOUNT_ID="999999999999", AWS_DEFAULT_REGION="eu-north-1")
    claim("variables of Step Functions Local", "eu-north-1:999999999999" in arn, arn)
    arn = region_of("-account", "999999999999", "--aws-region=eu-north-1")
    claim("flags of Step Functions Local", "eu-north-1:999999999999" in arn, arn)
    with Server("-lambdaEndpoint", "http://127.0.0.1:9") as server:
        claim("-lambdaEndpoint", "http://127.0.0.1:9" in server.stop()[1])


def test_refused():
    def refused(name, status, *parts, arguments=(), env=None):
        done = stepwell("serve", *arguments, env={"PATH": os.environ["PATH"], **(env or {})},
                        cwd=FOLDER.name)
        claim_done(name, done, status, *parts)

    refused("any address without --no-auth", 2, "--no-auth", arguments=["--listen", "0.0.0.0"])
    refused("in a variable, too", 2, "--no-auth", env={"STEPWELL_LISTEN": "127.0.0.1,::"})
    refused("an address that is none", 1, "'localhost'",
            arguments=["--listen", "localhost", "--no-auth", "--store", "memory"])
    refused("a port out of range", 2, "65535", arguments=["--port", "65536"])
    refused("a port that is no number", 2, "--port", env={"STEPWELL_PORT": "x"})
    refused("a store that is none", 2, "sqlite|memory", env={"STEPWELL_STORE": "disk"})
    refused("an account that is none", 2, "12 digits", arguments=["--account", "1"])
    refused("a certificate without a key", 2, "go together", arguments=["--tls-cert", "x"])
    refused("a configuration that is not there", 2, "No such file", arguments=["-c", "/nowhere"])
    refused("an unknown option in the file", 2, "prot: there is no such option",
            arguments=["-c", write("a.json", {"prot": 1})])
    refused("an option that is no text", 2, "port", arguments=["-c", write("b.json", {"port": {}})])
    refused("a file that is no JSON", 2, "c.json:1:", arguments=["-c", write("c.json", "{")])
    refused("a mock file that is wrong", 2, "MockedResponses",
            arguments=["--mock", write("m.json", {"StateMachines": {}}), "--store", "memory"])
    with Server() as server:
        port = server.url.rsplit(":", 1)[1]
        refused("a port that is taken", 1, port, arguments=["--port", port, "--store", "memory"])


MOCKS = {
    "StateMachines": {"m": {"TestCases": {
        "Retried": {"T": "Third"}, "Once": {"T": "Short"}, "Other": {"Elsewhere": "Third"}}}},
    "MockedResponses": {
        "Third": {"0-1": {"Throw": {"Error": "Busy", "Cause": "c"}}, "2": {"Return": {"ok": 1}}},
        "Short": {"0": {"Throw": {"Error": "Busy", "Cause": "c"}}}}}


def test_mocks():
    file = write("mocks.json", MOCKS)
    retry = {"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1}]}
    with Server(variables={"SFN_MOCK_CONFIG": file}) as server:
        arn = server.create("m", one_task("arn:aws:states:::sqs:sendMessage", Parameters={
            "QueueUrl": "q", "MessageBody": "b"}, **retry))
        done = server.run(arn + "#Retried")
        claim("attempts are counted", done.get("output") == '{"ok":1}', done)
        done = server.run(arn + "#Retried")
        claim("for each execution anew", done.get("output") == '{"ok":1}', done)
        done = server.run(arn + "#Once")
        claim("an invocation without an entry fails",
              "no entry for invocation 1" in done.get("cause", ""), done)
        done = server.run(arn + "#Other")
        claim("a state that is not mocked is not invented",
              done["status"] == "FAILED" and "SdkClientException" in done.get("error", ""), done)
        try:
            server.start(arn + "#Never")
            claim("an unknown test case starts nothing", False)
        except Failed as failed:
            claim("an unknown test case starts nothing", "'Never'" in failed.message, failed)
    with Server("--mock", file, store="sqlite") as server:
        slow = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3, "Next": "T"},
                                           **one_task("arn:aws:states:::sqs:sendMessage", Parameters={
                                               "QueueUrl": "q", "MessageBody": "b"}, **retry)["States"]}}
        done = server.run(server.create("m", slow) + "#Retried")
        claim("a test case survives a wait", done.get("output") == '{"ok":1}', done)
    with Server() as server:
        try:
            server.create("m", one_task("arn:aws:states:::aws-sdk:sqs:sendPigeon"))
            claim("without mocks an unknown action is refused", False)
        except Failed as failed:
            claim("without mocks an unknown action is refused", failed.name == "InvalidDefinition"
                  and "/States/T/Resource" in failed.message, failed)


def test_mocked_kinds():
    machines = {"activity": "arn:aws:states:us-east-1:123456789012:activity:a",
                "sync": "arn:aws:states:::states:startExecution.sync:2",
                "token": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "plain": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    answer = {"StatusCode": 200, "Payload": [1]}
    file = write("kinds.json", {
        "StateMachines": {name: {"TestCases": {"C": {"T": "R"}}} for name in machines},
        "MockedResponses": {"R": {"0": {"Return": answer}}}})
    wanted = {"activity": "ActivityStarted", "sync": "TaskSubmitted", "token": "TaskSubmitted",
              "plain": "LambdaFunctionStarted"}
    with Server("--mock", file) as server:
        server.call("CreateActivity", name="a")
        for name, resource in machines.items():
            parameters = {"sync": {"StateMachineArn": "x"}, "token": {"FunctionName": "f"}}
            arn = server.create(name, one_task(resource, Parameters=parameters.get(name, {})))
            done = server.run(arn + "#C")
            value = [1] if name == "plain" else answer
            claim(f"a mocked {name} task", json.loads(done.get("output", "null")) == value and
                  wanted[name] in server.types(done["executionArn"]),
                  (done, server.types(done["executionArn"])))


def test_log():
    secret = "not-for-the-log"
    credentials = write("keys", f"[k]\naws_access_key_id = AKID\naws_secret_access_key = {secret}\n")
    os.chmod(credentials, 0o600)
    with Server("--log-format", "json", "--log-level", "debug") as server:
        server.call("ListActivities")
        said = server.stop()[1]
    lines = [json.loads(line) for line in said.splitlines()]
    claim("with --log-format json every line is an object", all(
        {"time", "level", "message"} <= set(line) for line in lines), said)
    claim("a life has a beginning and an end", [line["message"] for line in lines
          if line["level"] == "info"] == ["serving", "ending", "ended"], said)
    claim("at debug each request has a line", [(line["action"], line["status"]) for line in lines
          if line["message"] == "request"] == [("ListActivities", 200)], said)
    with Server("--credentials", credentials, "--log-level", "warn") as server:
        for _ in range(300):
            try:
                server.call("ListActivities")
            except Failed:
                pass
        said = server.stop()[1]
    refused = [line for line in said.splitlines() if " warn " in line]
    claim("who is refused has a line, but cannot fill the log", 0 < len(refused) <= 200 and
          "exception=MissingAuthenticationTokenException" in refused[0], (len(refused), refused[:1]))
    claim("the log has no secrets", secret not in said, said)


test_sources()
test_refused()
test_log()
test_mocks()
test_mocked_kinds()
finish()
