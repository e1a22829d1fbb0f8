#!/usr/bin/env python3
"""Signatures: requests that botocore and the AWS CLI sign, and all that can be wrong with them."""

import datetime
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request

from cli_check import STEPWELL, claim, finish
from serve_kit import Server

try:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

except ImportError:
    print("skip botocore: none here")
    print("0 passed, 0 failed, 1 skipped")
    raise SystemExit(0)

FOLDER = tempfile.TemporaryDirectory()
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FILE = f"""# two callers
[first]
aws_access_key_id = {KEY}
aws_secret_access_key = {SECRET}

[second]
aws_access_key_id=ASIASECOND
aws_secret_access_key=second/secret
aws_session_token=a-token
aws_account_id=999988887777
"""


def write(name, text):
    path = os.path.join(FOLDER.name, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o600)
    return path


def signed(url, action="ListStateMachines", body="{}", key=KEY, secret=SECRET, token=None,
           region="us-east-1", service="states", minutes=0):

    request = AWSRequest("POST", url + "/", data=body, headers={
        "X-Amz-Target": "AWSStepFunctions." + action, "Content-Type": "application/x-amz-json-1.0"})
    signer = SigV4Auth(Credentials(key, secret, token), service, region)
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    # What add_auth does, at a moment of our own
    request.context["timestamp"] = stamp
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    text = signer.string_to_sign(request, canonical)
    signer._inject_signature_to_request(request, signer.signature(text, request))

    return dict(request.headers.items())


def send(url, headers, body="{}", method="POST", path="/"):
    request = urllib.request.Request(url + path, body.encode() if body is not None else None, headers,
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
            return answer.status, json.loads(text) if text.startswith("{") else text
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return error.code, json.loads(text) if text.startswith("{") else text


def refused(name, answer, exception, part):
    status, body = answer
    claim(name, status == 400 and body.get("__type") == exception and part in body.get("message", ""),
          answer)


def test_signatures(url):
    status, body = send(url, signed(url))
    claim("a signed request is answered", status == 200 and body == {"stateMachines": []}, body)
    refused("one that is not signed is refused", send(url, {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}),
            "MissingAuthenticationTokenException", "missing")
    refused("a wrong secret is refused", send(url, signed(url, secret="wrong")),
            "InvalidSignatureException", "does not match the signature you provided")
    refused("an unknown key is refused", send(url, signed(url, key="AKIANOBODY")),
            "UnrecognizedClientException", "security token included in the request is invalid")
    refused("a body that was changed is refused", send(url, signed(url), body='{"maxResults": 1}'),
            "InvalidSignatureException", "does not match")
    headers = signed(url)
    headers["X-Amz-Target"] = "AWSStepFunctions.ListActivities"
    refused("an action that was changed is refused", send(url, headers), "InvalidSignatureException",
            "does not match")
    refused("an old signature is refused", send(url, signed(url, minutes=-6)),
            "InvalidSignatureException", "Signature expired: ")
    refused("one of the future is refused", send(url, signed(url, minutes=6)),
            "InvalidSignatureException", "Signature not yet current: ")
    claim("clocks may differ a little", send(url, signed(url, minutes=-4))[0] == 200 and
          send(url, signed(url, minutes=4))[0] == 200)
    refused("another service's is refused", send(url, signed(url, service="lambda")),
            "InvalidSignatureException", "correct service: 'states'")
    for name, value, part in (
            ("no algorithm", "Bearer x", "Unsupported AWS 'algorithm'"),
            ("no credential", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0", "'Credential'"),
            ("no signature", f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/r/states/aws4_request, "
             "SignedHeaders=host", "'Signature'"),
            ("half a scope", f"AWS4-HMAC-SHA256 Credential={KEY}/20260101, SignedHeaders=host, "
             "Signature=0", "5 slash-delimited")):
        refused(f"{name}: refused", send(url, dict(signed(url), Authorization=value)),
                "IncompleteSignatureException", part)
    headers = signed(url)
    headers["Authorization"] = headers["Authorization"].replace("host;", "")
    refused("host has to be signed", send(url, headers), "InvalidSignatureException", "does not match")
    headers = signed(url)
    headers["Authorization"] = headers["Authorization"][:-1] + "g"
    refused("half a signature is none", send(url, headers), "InvalidSignatureException", "does not match")


def test_callers(url):
    args = {"key": "ASIASECOND", "secret": "second/secret"}
    refused("a key that needs its token", send(url, signed(url, **args)), "UnrecognizedClientException", "")
    refused("and the right one", send(url, signed(url, token="another", **args)),
            "UnrecognizedClientException", "")
    body = json.dumps({"name": "a"})
    status, answer = send(url, signed(url, "CreateActivity", body, token="a-token", region="eu-west-1",
                                      **args), body)
    claim("account and region are the caller's", status == 200 and answer["activityArn"] ==
          "arn:aws:states:eu-west-1:999988887777:activity:a", answer)
    status, answer = send(url, {}, None, "GET", "/health")
    claim("health needs no signature", status == 200, answer)
    status, answer = send(url, {}, None, "GET", "/metrics")
    claim("nor do metrics on this machine", status == 200, answer)


def test_cli(url):
    env = dict(os.environ, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET, AWS_REGION="us-east-1",
               AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")
    command = ["aws", "--endpoint-url", url, "stepfunctions", "list-activities", "--output", "json"]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    except OSError:
        claim("the AWS CLI: none here", True)
        return
    claim("the AWS CLI is let in", done.returncode == 0 and json.loads(done.stdout) ==
          {"activities": []}, done.stderr)
    done = subprocess.run(command, env=dict(env, AWS_SECRET_ACCESS_KEY="wrong"), capture_output=True,
                          text=True, check=False, timeout=120)
    claim("but not with a wrong secret", done.returncode != 0 and "InvalidSignatureException" in done.stderr,
          done.stderr)


def serve(*options):
    return subprocess.run([STEPWELL, "serve", "--port", "0", "--store", "memory", *options],
                          capture_output=True, text=True, check=False, timeout=30, cwd=FOLDER.name)


def test_files():
    for name, text, part in (
            ("no secret", "[a]\naws_access_key_id = k\n", "line 1: this section has no aws_secret"),
            ("no key", "\n[a]\naws_secret_access_key = s\n", "line 2: this section has no aws_access"),
            ("no section", "aws_access_key_id = k\n", "line 1: this stands before"),
            ("not even a line", "[a]\nhello\n", "line 2: what stands here"),
            ("a bad account", "[a]\naws_account_id = 12\n", "line 2: aws_account_id must be 12"),
            ("the same key twice", FILE + FILE.replace("first", "third"), "in another section"),
            ("nothing", "# nothing\n", "no credentials")):
        done = serve("--credentials", write("bad", text))
        claim(f"{name}: refused", done.returncode == 2 and part in done.stderr and
              "secret/" not in done.stderr and SECRET not in done.stderr, done.stderr)
    done = serve("--credentials", write("good", FILE), "--no-auth")
    claim("--no-auth beside it is refused", done.returncode == 2 and "contradict" in done.stderr, done.stderr)
    done = serve("--listen", "0.0.0.0")
    claim("other addresses need it", done.returncode == 2 and "--credentials" in done.stderr, done.stderr)


credentials = write("credentials", FILE)
with Server("--credentials", credentials, "--listen", "127.0.0.1") as server:
    test_signatures(server.url)
    test_callers(server.url)
    test_cli(server.url)
    status, said = server.stop()
    claim("no secret is printed", status == 0 and SECRET not in said and "second/secret" not in said, said)
test_files()
finish()
