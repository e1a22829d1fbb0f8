#!/usr/bin/env python3
"""Keys from metadata services: a container's, with its token file, and an instance's; only when asked
for, and behind what the environment says."""

import http.server
import json
import os
import re
import tempfile
import threading

from cli_check import claim, finish
from serve_kit import Server, one_task
from server_process import free_port

KEYS = {"AccessKeyId": "AKIDOFROLE", "SecretAccessKey": "5ecret", "Token": "s3ssion",
        "Expiration": "2099-01-01T00:00:00Z"}


class Service(http.server.BaseHTTPRequestHandler):
    """Both metadata services, and the service whose calls are signed."""
    asked, signed = [], []

    def log_message(self, *what):
        pass

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
        self.rfile.read(int(self.headers["Content-Length"]))
        Service.signed.append((re.search(r"Credential=([^/]*)", self.headers["Authorization"])[1],
                               self.headers.get("X-Amz-Security-Token")))
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
    who, said = signer(url, "--aws-credentials", "container",
                       AWS_CONTAINER_CREDENTIALS_FULL_URI=url + "/nothing")
    claim("what is not given is said in the log", who[0] != "AKIDOFROLE" and
          "the metadata service gave no credentials" in said, said)
    finish()


if __name__ == "__main__":
    main()
