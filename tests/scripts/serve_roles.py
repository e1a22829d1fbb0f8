#!/usr/bin/env python3
"""Who calls: Lambda signed like every other service, and the roles of Credentials, assumed at STS; against a server
that checks each signature by the secret that belongs to its key."""

import http.server
import json
import threading
import urllib.parse

from cli_check import claim, finish
from serve_kit import Handler, ROLE, Server, one_task
from signing import is_signed, key_of, scope_of

SECRETS = {"AKIDMINE": "secret-of-mine", "AKIDSESSION": "secret-of-the-session"}
OTHER = "arn:aws:iam::210987654321:role/other"
FUNCTION = "arn:aws:lambda:us-east-1:210987654321:function:there"
ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>AKIDSESSION</AccessKeyId><SecretAccessKey>secret-of-the-session</SecretAccessKey>
<SessionToken>token-of-the-session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
DENIED = """<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"""


class Service(Handler):
    """Lambda, DynamoDB and STS."""
    seen, asked, sts = [], [], "good"

    def do_POST(self):
        body, key = self.body(), key_of(self.headers)
        right = key in SECRETS and is_signed("POST", self.path, self.headers, body, SECRETS[key])
        call = {"path": self.path, "key": key, "right": right, "body": body,
                "token": self.headers.get("X-Amz-Security-Token"),
                "service": scope_of(self.headers).split("/")[2]}
        if call["service"] != "sts":
            Service.seen.append(call)
            self.answer(200, "{}")
            return
        Service.asked.append(dict(call, **dict(urllib.parse.parse_qsl(body.decode()))))
        if Service.sts == "broken":
            self.answer(200, "<AssumeRoleResponse/>")
        else:
            self.answer(*((403, DENIED) if Service.sts == "refuses" else (200, ASSUMED)))


class Endpoint(http.server.ThreadingHTTPServer):
    daemon_threads = True


def task(resource, role=None, **members):
    return one_task(resource, **members, **({"Credentials": {"RoleArn": role}} if role else {}))


INVOKE = {"Parameters": {"FunctionName": FUNCTION, "Qualifier": "blue+1", "Payload": {"n": 1}}}
GET_ITEM = {"Parameters": {"TableName": "t", "Key": {"k": {"S": "v"}}}}


def test_lambda_signed(server):
    done = server.run(server.create("signed", task("arn:aws:states:::lambda:invoke", **INVOKE)))
    call = Service.seen[-1]
    claim("Lambda is called, and signed right, by the key of the environment",
          done["status"] == "SUCCEEDED" and call["right"] and call["key"] == "AKIDMINE" and
          call["service"] == "lambda" and call["body"] == b'{"n":1}', (done, call))
    claim("the function of another account goes by its ARN, with its qualifier",
          call["path"] == "/2015-03-31/functions/" + urllib.parse.quote(FUNCTION, safe="") +
          "/invocations?Qualifier=blue%2B1", call)
    server.run(server.create("by-arn", task(FUNCTION)))
    claim("a function's ARN as Resource is signed, too",
          Service.seen[-1]["right"] and Service.seen[-1]["body"] == b"{}", Service.seen[-1])
    claim("STS is not asked without Credentials", Service.asked == [], Service.asked)


def test_role(server):
    machine = server.create("roles", task("arn:aws:states:::lambda:invoke", OTHER, **INVOKE))
    done = server.run(machine)
    asked, call = Service.asked[-1], Service.seen[-1]
    claim("STS is asked, by one's own key, with the machine as external id",
          done["status"] == "SUCCEEDED" and asked["right"] and asked["key"] == "AKIDMINE" and
          asked["Action"] == "AssumeRole" and asked["RoleArn"] == OTHER and
          asked["ExternalId"] == machine and asked["RoleSessionName"] == "roles", (done, asked))
    claim("the call is signed by the session's keys", call["right"] and call["key"] == "AKIDSESSION" and
          call["token"] == "token-of-the-session", call)
    server.run(machine)
    claim("the session is used again", len(Service.asked) == 1 and Service.seen[-1]["key"] == "AKIDSESSION")
    second = server.create("second", task("arn:aws:states:::dynamodb:getItem", OTHER, **GET_ITEM))
    server.run(second)
    claim("another machine has a session of its own, for any service",
          len(Service.asked) == 2 and Service.asked[-1]["ExternalId"] == second and
          Service.seen[-1]["right"] and Service.seen[-1]["service"] == "dynamodb" and
          Service.seen[-1]["key"] == "AKIDSESSION", (Service.asked[-1], Service.seen[-1]))
    tested = server.call("TestState", roleArn=ROLE, input="{}", definition=json.dumps(
        task("arn:aws:states:::dynamodb:getItem", OTHER, **GET_ITEM)["States"]["T"]))
    claim("TestState assumes the role", tested["status"] == "SUCCEEDED" and len(Service.asked) == 3 and
          Service.seen[-1]["key"] == "AKIDSESSION", tested)
    history = json.dumps(server.call("GetExecutionHistory", executionArn=done["executionArn"]))
    claim("no secret in the history", OTHER in history and
          not any(word in history for word in ("of-the-session", "AKIDSESSION", "of-mine")), history)


def fails(server, name, what, cause):
    done = server.run(server.create(name, task("arn:aws:states:::dynamodb:getItem", OTHER, **GET_ITEM)))
    claim(what, done["status"] == "FAILED" and done["error"] == "States.TaskFailed" and
          cause in done["cause"], done)


def test_refused(server):
    calls = len(Service.seen)
    Service.sts = "refuses"
    fails(server, "refused", "a role that may not be assumed fails the task, in AWS's words",
          f"The role {ROLE} is not authorized to assume the task state's role, {OTHER}.")
    Service.sts = "broken"
    fails(server, "broken", "an answer of STS without keys fails the task", "with status 200 and no keys")
    Service.sts = "good"
    claim("the service was not called", len(Service.seen) == calls)
    done = server.run(server.create("caught", {"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Next": "E",
              "Credentials": {"RoleArn.$": "$.role"}, **GET_ITEM}, "E": {"Type": "Succeed"}}}),
        {"role": OTHER})
    claim("a role may be given by a path", done["status"] == "SUCCEEDED", done)


def main():
    endpoint = Endpoint(("127.0.0.1", 0), Service)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{endpoint.server_address[1]}"
    services = {"AWS_ENDPOINT_URL_LAMBDA": url, "AWS_ENDPOINT_URL_DYNAMODB": url, "HOME": "/nonexistent"}
    mine = {"AWS_ACCESS_KEY_ID": "AKIDMINE", "AWS_SECRET_ACCESS_KEY": "secret-of-mine"}
    with Server(variables=dict(services, AWS_ENDPOINT_URL_STS=url, **mine)) as server:
        test_lambda_signed(server)
        test_role(server)
        test_refused(server)
        said = server.stop()[1]
        claim("no secret in the log", not any(word in said for word in ("of-the-session", "of-mine")), said)
    Service.asked.clear()
    with Server(variables=dict(services, AWS_ENDPOINT_URL_STS="http://127.0.0.1:1", **mine)) as server:
        fails(server, "nobody", "an STS that cannot be reached fails the task",
              f"The role {OTHER} could not be assumed: ")
    with Server(variables=services) as server:
        server.run(server.create("local", task("arn:aws:states:::dynamodb:getItem", OTHER, **GET_ITEM)))
        claim("an emulator without STS sees the role's account", Service.asked == [] and
              Service.seen[-1]["key"] == "210987654321", Service.seen[-1])
    finish()


if __name__ == "__main__":
    main()
