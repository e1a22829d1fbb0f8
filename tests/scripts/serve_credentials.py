#!/usr/bin/env python3
"""Keys that others give: metadata services of a container, with its token file, and of an instance, STS by a
Kubernetes service account's token, a profile's command; only when asked for, and behind what the environment says."""

import http.server
import json
import os
import tempfile
import threading
import time

from cli_check import claim, finish
from serve_kit import Handler, Server, one_task
from server_process import free_port
from signing import key_of

KEYS = {"AccessKeyId": "AKIDOFROLE", "SecretAccessKey": "5ecret", "Token": "s3ssion",
        "Expiration": "2099-01-01T00:00:00Z"}


SESSION = """<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>AKIDOFROLE</AccessKeyId><SecretAccessKey>5ecret</SecretAccessKey><SessionToken>s3ssion</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


class Service(Handler):
    """Both metadata services, and the service whose calls are signed."""
    asked, signed = [], []

    def do_PUT(self):
        Service.asked.append(self.path)
        ok = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds") == "21600"
        self.answer(200 if ok else 400, "session-token")

    def do_GET(self):
        Service.asked.append(self.path)
        roles = "/latest/meta-data/iam/security-credentials/"
        if self.path.startswith(roles) and \
                self.headers.get("X-aws-ec2-metadata-token") != "session-token":
            self.answer(401, "")
        elif self.path == roles:
            self.answer(200, "my-role\n")
        elif self.path == roles + "my-role":
            self.answer(200, json.dumps(KEYS))
        elif self.path == "/container" and self.headers.get("Authorization") == "of-the-file":
            self.answer(200, json.dumps(KEYS))
        else:
            self.answer(404, "")

    def do_POST(self):
        body = self.body()
        if b"Action=AssumeRoleWithWebIdentity" in body:
            Service.asked.append(body.decode())
            self.answer(200 if b"WebIdentityToken=of-kubernetes" in body and "Authorization" not in self.headers
                        else 403, SESSION)
            return
        Service.signed.append((key_of(self.headers), self.headers.get("X-Amz-Security-Token")))
        self.answer(200, "{}")


TASK = one_task("arn:aws:states:::dynamodb:getItem",
                Parameters={"TableName": "t", "Key": {"k": {"S": "v"}}})


def signer(url, *options, **variables):
    """Who signs a call of a server with these options; and the server's log."""
    Service.asked.clear()
    variables.update({"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
                      "HOME": "/nonexistent"})
    with Server(*options, variables=variables) as server:
        row = server.run(server.create("m", TASK))
        said = server.stop()[1]
    claim("the task succeeds", row["status"] == "SUCCEEDED", row)
    return Service.signed[-1], said


def test_web_identity(url, role):
    with tempfile.NamedTemporaryFile("w", suffix=".jwt") as token:
        token.write("of-kubernetes\n")
        token.flush()
        who, said = signer(url, "--aws-credentials", "web-identity", AWS_ENDPOINT_URL_STS=url,
                           AWS_ROLE_ARN="arn:aws:iam::1:role/r", AWS_WEB_IDENTITY_TOKEN_FILE=token.name)
    claim("the role of a Kubernetes service account", who == role and
          "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr" in Service.asked[-1], (who, Service.asked, said))
    who, said = signer(url, "--aws-credentials", "web-identity", AWS_ENDPOINT_URL_STS=url)
    claim("without the variables that is said", who[0] != "AKIDOFROLE" and
          "no credentials were given from=web-identity" in said and "AWS_ROLE_ARN" in said, said)


def with_process(url, command, profile="default"):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "config"), "w", encoding="utf-8") as file:
            section = "[default]" if profile == "default" else f"[profile {profile}]"
            file.write(f"{section}\nregion = us-east-1\ncredential_process = {command.format(folder=folder)}\n")
        with open(os.path.join(folder, "keys.json"), "w", encoding="utf-8") as file:
            json.dump({"Version": 1, "AccessKeyId": "AKIDOFROLE", "SecretAccessKey": "5ecret",
                       "SessionToken": "s3ssion", "Expiration": "2099-01-01T00:00:00Z"}, file)
        return signer(url, "--aws-credentials", "process", AWS_CONFIG_FILE=os.path.join(folder, "config"),
                      AWS_PROFILE=profile)


def test_process(url, role):
    who, said = with_process(url, 'cat "{folder}/keys.json"')
    claim("a profile's command", who == role and "5ecret" not in said, (who, said))
    who, _ = with_process(url, "cat {folder}/keys.json", "work")
    claim("of another profile", who == role, who)
    for command, why in (("exit 3", "the command failed"), ("echo nothing", "there are no keys in what came"),
                         ("cat /dev/zero", "the command prints too much")):
        who, said = with_process(url, command)
        claim(f"{command}: {why}", who[0] != "AKIDOFROLE" and why in said, said)


    begun = time.time()
    who, said = with_process(url, "sleep 600")
    claim("a command that hangs keeps nobody: neither the start nor the end", who[0] != "AKIDOFROLE" and
          time.time() - begun < 60, said)


def main():
    port = free_port()
    service = http.server.ThreadingHTTPServer(("127.0.0.1", port), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{port}"
    instance = "--aws-credentials", "instance"
    role = ("AKIDOFROLE", "s3ssion")
    who, _ = signer(url)
    claim("nobody is asked unprompted", not Service.asked and who[0] != "AKIDOFROLE", Service.asked)
    who, said = signer(url, *instance)
    claim("an instance's role", who == role, (who, Service.asked, said))
    claim("no secret in the log", "5ecret" not in said and "s3ssion" not in said, said)
    who, _ = signer(url, *instance, AWS_ACCESS_KEY_ID="MINE", AWS_SECRET_ACCESS_KEY="own")
    claim("the environment comes first", who == ("MINE", None), who)
    with tempfile.NamedTemporaryFile("w", suffix=".token") as token:
        token.write("of-the-file\n")
        token.flush()
        who, _ = signer(url, "--aws-credentials", "container",
                        AWS_CONTAINER_CREDENTIALS_FULL_URI=url + "/container",
                        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token.name)
    claim("a container's role, by a token file", who == role, (who, Service.asked))
    test_web_identity(url, role)
    test_process(url, role)
    who, said = signer(url, "--aws-credentials", "container",
                       AWS_CONTAINER_CREDENTIALS_FULL_URI=url + "/nothing")
    claim("what is not given is said in the log", who[0] != "AKIDOFROLE" and
          "no credentials were given from=container" in said, said)
    finish()


if __name__ == "__main__":
    main()
