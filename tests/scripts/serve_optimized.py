#!/usr/bin/env python3
"""Optimized integrations that are more than one call: Kubernetes by EKS (a server with a certificate of its own),
instances of EMR by their names, Bedrock with S3 as input and output, APIs that want a signature."""

import base64
import http.server
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from cli_check import claim, finish
from serve_kit import Failed, Handler, Server, one_task
from signing import derive, is_signed, scope_of, to_sign

FOLDER = tempfile.TemporaryDirectory()
SECRET = "secret-of-mine"
MINE = {"AWS_ACCESS_KEY_ID": "AKIDMINE", "AWS_SECRET_ACCESS_KEY": SECRET, "HOME": "/nonexistent"}


def check_token(token, cluster):
    """Whether a cluster's token is a URL of STS, signed by SECRET for that cluster, as EKS's authenticator asks."""
    padded = token.removeprefix("k8s-aws-v1.")
    url = urllib.parse.urlsplit(base64.urlsafe_b64decode(padded + "=" * (-len(padded) % 4)).decode())
    pairs = urllib.parse.parse_qsl(url.query)
    given = dict(pairs)
    query = "&".join(sorted(f"{urllib.parse.quote(k, safe='')}={urllib.parse.quote(v, safe='')}"
                            for k, v in pairs if k != "X-Amz-Signature"))
    scope = given["X-Amz-Credential"].partition("/")[2]
    text = to_sign(given["X-Amz-Date"], scope, "GET", url.path, query, {"host": url.netloc, "x-k8s-aws-id": cluster},
                   given["X-Amz-SignedHeaders"], b"")
    return token.startswith("k8s-aws-v1.") and given["Action"] == "GetCallerIdentity" and \
        given["X-Amz-Signature"] == derive(SECRET, scope, text) and url.netloc


class Service(Handler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json"):
        super().answer(status, body, Content_Type=kind)

    def serve(self):
        self.handle_call(self.body())

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = serve


# --- Kubernetes -----------------------------------------------------------------------------------


class Cluster(Service):
    jobs, calls, bad_looks = {}, [], 0

    def handle_call(self, body):
        path = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(path.query))
        Cluster.calls.append({"method": self.command, "path": path.path, "query": query, "body": body,
                              "type": self.headers.get("Content-Type"), "token": self.headers["Authorization"]})
        batch = "/apis/batch/v1/namespaces/work/jobs"
        if self.headers["Authorization"] == "Bearer nobody":
            self.answer(401, {"kind": "Status", "message": "Unauthorized", "code": 401})
        elif self.command == "POST" and path.path == batch:
            job = json.loads(body)
            if job["metadata"]["name"] in Cluster.jobs:
                self.answer(409, {"kind": "Status", "reason": "AlreadyExists", "code": 409})
                return
            Cluster.jobs[job["metadata"]["name"]] = job
            self.answer(201, job)
        elif path.path.startswith(batch + "/") and self.command == "GET" and Cluster.bad_looks > 0:
            Cluster.bad_looks -= 1
            self.answer(503, {"kind": "Status", "code": 503})
        elif path.path.startswith(batch + "/") and self.command == "GET":
            self.answer(200, Cluster.jobs[path.path.rsplit("/", 1)[1]])
        elif path.path.startswith(batch + "/") and self.command == "DELETE":
            Cluster.jobs[path.path.rsplit("/", 1)[1]]["deleted"] = query
            self.answer(200, {"kind": "Status", "status": "Success"})
        elif path.path == "/api/v1/namespaces/work/pods":
            names = [{"name": "main"}, {"name": "side"}]
            self.answer(200, {"items": [{"metadata": {"name": f"pod-{i}"}, "spec": {"containers": names}}
                                        for i in (1, 2)]})
        elif path.path.endswith("/log") and query["container"] == "side":
            self.answer(404, {"kind": "Status", "code": 404})
        elif path.path.endswith("/log"):
            text = b'{"n": 1}' if "pod-1" in path.path else b"plain \xff words"
            self.answer(200, text, "text/plain")
        else:
            self.answer(200, {"items": [], "seen": self.path})


def certificate(name):
    """A certificate that signs itself; its file with the key, and its text."""
    file = os.path.join(FOLDER.name, name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", file + ".key",
                    "-out", file, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                   stderr=subprocess.DEVNULL)
    with open(file, "rb") as text:
        return file, base64.b64encode(text.read()).decode()


def serve(handler, cert=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, cert + ".key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *what: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"{'https' if cert else 'http'}://127.0.0.1:{server.server_address[1]}"


def call(cluster, **members):
    return one_task("arn:aws:states:::eks:call", Parameters={**cluster, **members})


def run_job(cluster, name, pattern=".sync", **members):
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {}}
    return one_task("arn:aws:states:::eks:runJob" + pattern,
                    Parameters={**cluster, "Namespace": "work", "Job": job, **members})


def wait_for(check, seconds=20):
    deadline = time.time() + seconds
    while not check() and time.time() < deadline:
        time.sleep(0.02)
    return check()


def finish_job(name, how):
    Cluster.jobs[name]["status"] = {"conditions": [{"type": "SuccessCriteriaMet", "status": "True"},
                                                   {"type": how, "status": "True"}]}


def test_call(server, cluster):
    done = server.run(server.create("list", call(cluster, Method="GET", Path="/api/v1/nodes", QueryParameters={
        "labelSelector": ["a=b,c", "d"]})))
    seen, result = Cluster.calls[-1], json.loads(done.get("output") or "{}")
    claim("eks:call answers with body, status and its text", done["status"] == "SUCCEEDED" and result == {
        "ResponseBody": {"items": [], "seen": "/api/v1/nodes?labelSelector=a%3Db%2Cc&labelSelector=d"},
        "StatusCode": 200, "StatusText": "OK"}, done)
    host = check_token(seen["token"].removeprefix("Bearer "), "my-cluster")
    claim("who calls is told as EKS wants it", host in ("sts.us-east-1.amazonaws.com", "sts.amazonaws.com"), host)
    server.run(server.create("patch", call(cluster, Method="PATCH", Path="x", RequestBody=[{"op": "add"}])))
    claim("a list patches as JSON Patch", Cluster.calls[-1]["type"] == "application/json-patch+json" and
          Cluster.calls[-1]["path"] == "/x" and Cluster.calls[-1]["body"] == b'[{"op":"add"}]', Cluster.calls[-1])
    server.run(server.create("merge", call(cluster, Method="PATCH", Path="/x", RequestBody={"a": 1})))
    claim("an object as a merge", Cluster.calls[-1]["type"] == "application/merge-patch+json", Cluster.calls[-1])
    done = server.run(server.create("text", call(cluster, Method="POST", Path="/x", RequestBody='{"b": 2}')))
    claim("a text goes out as it is", Cluster.calls[-1]["body"] == b'{"b": 2}' and
          Cluster.calls[-1]["type"] == "application/json", Cluster.calls[-1])
    history = json.dumps(server.call("GetExecutionHistory", executionArn=done["executionArn"]))
    claim("no token in the history", "k8s-aws" not in history and "Bearer" not in history and SECRET not in history)
    for name, members, what in (
            ("no-path", {"Method": "GET"}, "The field 'Path' is required but was missing"),
            ("options", {"Method": "OPTIONS", "Path": "/"}, "The value of the field 'Method' has an invalid format"),
            ("no-ca", {"Method": "GET", "Path": "/", "CertificateAuthority": "!"},
             "The value of the field 'CertificateAuthority' has an invalid format")):
        done = server.run(server.create(name, call(cluster, **members)))
        claim(f"{name} is refused", done["error"] == "States.Runtime" and what in done["cause"], done)


def test_trust(server, cluster, other):
    calls = len(Cluster.calls)
    done = server.run(server.create("other-ca", call(dict(cluster, CertificateAuthority=other), Method="GET",
                                                     Path="/")))
    claim("another certificate than the cluster's is not trusted", done["error"] == "EKS.SdkClientException" and
          "certificate" in done["cause"].lower() and len(Cluster.calls) == calls, done)
    done = server.run(server.create("same-ca", call(cluster, Method="GET", Path="/")))
    claim("and that is no other call's", done["status"] == "SUCCEEDED", done)


def test_job(server, cluster):
    machine = server.create("job", run_job(cluster, "one", LogOptions={
        "RetrieveLogs": True, "LogParameters": {"tailLines": ["6"]}}))
    execution = server.start(machine)
    claim("the job is submitted", wait_for(lambda: "TaskSubmitted" in server.types(execution)))
    Cluster.bad_looks = 1
    wait_for(lambda: Cluster.bad_looks == 0)
    finish_job("one", "Complete")
    done = server.wait(execution)
    result = json.loads(done.get("output") or "{}")
    bad = {"error": "EKS.404", "cause": '{"kind": "Status", "code": 404}'}
    claim("and watched to its end; its pods' logs are JSON where they can be", done["status"] == "SUCCEEDED" and
          result["ResponseBody"]["metadata"]["name"] == "one" and result["StatusCode"] == 200 and
          result["logs"] == {"pods": {
              "pod-1": {"containers": {"main": {"log": {"n": 1}}, "side": bad}},
              "pod-2": {"containers": {"main": {"log": "plain ? words"}, "side": bad}}}}, done)
    claim("LogParameters are Kubernetes' own", Cluster.calls[-1]["query"]["tailLines"] == "6", Cluster.calls[-1])
    again = server.run(machine)
    claim("a job that is there already", again["error"] == "EKS.409" and
          json.loads(again["cause"])["ResponseBody"]["reason"] == "AlreadyExists", again)

    execution = server.start(server.create("bad", run_job(cluster, "two")))
    wait_for(lambda: "two" in Cluster.jobs)
    finish_job("two", "Failed")
    done = server.wait(execution)
    claim("a job that fails fails its task, without logs that nobody asked for",
          done["error"] == "States.TaskFailed" and "logs" not in json.loads(done["cause"]), done)

    execution = server.start(server.create("stopped", run_job(cluster, "three")))
    wait_for(lambda: "TaskSubmitted" in server.types(execution))
    server.call("StopExecution", executionArn=execution)
    claim("stopping the execution deletes the job, its pods with it",
          wait_for(lambda: Cluster.jobs["three"].get("deleted") == {"propagationPolicy": "Foreground"}))
    done = server.run(server.create("once", run_job(cluster, "four", "")))
    claim("without .sync the first answer is the result", json.loads(done["output"])["StatusCode"] == 201, done)


# --- EMR, S3, Bedrock, API Gateway ----------------------------------------------------------------


class Services(Service):
    calls, objects = [], {"/in/question.json": (b'{"prompt": "hi"}', "application/json")}

    def handle_call(self, body):
        target = (self.headers.get("X-Amz-Target") or "").split(".")[-1]
        Services.calls.append({"method": self.command, "path": self.path, "body": body, "target": target,
                               "type": self.headers.get("Content-Type"), "headers": dict(self.headers)})
        given = json.loads(body) if target else {}
        if target in ("ListInstanceFleets", "ListInstanceGroups"):
            kind = target.removeprefix("List")
            page = {"Marker": "more", kind: [{"Id": "if-1", "Name": "first"}]}
            if given.get("Marker"):
                page = {kind: [{"Id": "if-2", "Name": "second"}]}
            self.answer(200, page)
        elif target:
            self.answer(200, b"")
        elif self.path.startswith("/model/"):
            self.answer(200, {"completion": "hello", "of": body.decode()})
        elif self.command == "GET" and self.path in Services.objects:
            self.answer(200, *Services.objects[self.path])
        elif self.command == "GET" and not self.path.startswith("/prod"):
            self.answer(404, b"<Error><Code>NoSuchKey</Code>"
                        b"<Message>The specified key does not exist.</Message></Error>", "application/xml")
        elif self.command == "PUT":
            Services.objects[self.path] = (body, self.headers.get("Content-Type"))
            self.answer(200, b"")
        else:
            self.answer(200, {"ok": True})


def test_emr(server):
    fleet = {"ClusterId": "j-1", "InstanceFleetName": "second", "InstanceFleet": {"TargetSpotCapacity": 3}}
    done = server.run(server.create("fleet", one_task(
        "arn:aws:states:::elasticmapreduce:modifyInstanceFleetByName", Parameters=fleet)))
    last = Services.calls[-1]
    claim("a fleet's id is found by its name, on the second page", done["status"] == "SUCCEEDED" and
          last["target"] == "ModifyInstanceFleet" and json.loads(last["body"]) == {
              "ClusterId": "j-1", "InstanceFleet": {"InstanceFleetId": "if-2", "TargetSpotCapacity": 3}}, (done, last))
    claim("with what SDKs have in results", "SdkHttpMetadata" in json.loads(done["output"]), done)
    group = {"ClusterId": "j-1", "InstanceGroupName": "first", "InstanceGroup": {"InstanceCount": 5}}
    server.run(server.create("group", one_task(
        "arn:aws:states:::elasticmapreduce:modifyInstanceGroupByName", Parameters=group)))
    claim("a group's on the first", json.loads(Services.calls[-1]["body"]) == {
        "ClusterId": "j-1", "InstanceGroups": [{"InstanceGroupId": "if-1", "InstanceCount": 5}]}, Services.calls[-1])
    done = server.run(server.create("none", one_task(
        "arn:aws:states:::elasticmapreduce:modifyInstanceFleetByName", Parameters=dict(fleet, InstanceFleetName="x"))))
    claim("a name that is not there", done["error"] == "ElasticMapReduce.AmazonElasticMapReduceException" and
          "InstanceFleetName 'x'" in done["cause"], done)


def model(**members):
    return one_task("arn:aws:states:::bedrock:invokeModel", Parameters={"ModelId": "m", **members})


def test_bedrock(server):
    done = server.run(server.create("both", model(Input={"S3Uri": "s3://in/question.json"},
                                                  Output={"S3Uri": "s3://out/a/answer.json"})))
    sent = next(c for c in reversed(Services.calls) if c["path"].startswith("/model/"))
    result = json.loads(done.get("output") or "{}")
    claim("the body comes from S3, with its type", sent["body"] == b'{"prompt": "hi"}' and
          sent["type"] == "application/json", (done, sent))
    claim("the answer goes there, and the result says where", done["status"] == "SUCCEEDED" and
          result["Body"] == "s3://out/a/answer.json" and
          json.loads(Services.objects["/out/a/answer.json"][0])["completion"] == "hello" and
          Services.objects["/out/a/answer.json"][1] == "application/json", (done, Services.objects))
    done = server.run(server.create("plain", model(Body={"prompt": "x"})))
    claim("without S3 the answer is the result", json.loads(done["output"])["Body"]["completion"] == "hello", done)
    done = server.run(server.create("gone", model(Input={"S3Uri": "s3://in/none"})))
    claim("an object that is not there", done["error"] == "Bedrock.AmazonS3Exception" and
          "The specified key does not exist." in done["cause"] and "NoSuchKey" in done["cause"], done)
    for name, members in (("neither", {}), ("two", {"Body": {}, "Input": {"S3Uri": "s3://in/question.json"}})):
        done = server.run(server.create(name, model(**members)))
        claim(f"{name} of Body and Input is refused", done["error"] == "States.Runtime" and
              "Exactly one of the fields 'Body' and 'Input'" in done["cause"], done)
    done = server.run(server.create("odd", model(Input={"S3Uri": "http://in/x"})))
    claim("no URI of S3", done["error"] == "States.Runtime" and "'S3Uri' has an invalid format" in done["cause"], done)
    try:
        server.create("unknown", model(Body={}, Inputs={}))
        claim("a parameter that nobody knows is refused at creation", False)
    except Failed as error:
        claim("a parameter that nobody knows is refused at creation", "'Inputs' is not supported" in error.message,
              error.message)


def test_api(server, url):
    api = {"ApiEndpoint": url, "Stage": "prod", "Path": "/a b/c".replace(" ", "%20"), "Method": "POST",
           "QueryParameters": {"z": ["1"], "a": ["2 3"]}, "RequestBody": {"n": 1}, "AuthType": "IAM_ROLE"}
    done = server.run(server.create("api", one_task("arn:aws:states:::apigateway:invoke", Parameters=api)))
    last = Services.calls[-1]
    right = is_signed("POST", last["path"], last["headers"], last["body"], SECRET)
    scope = scope_of(last["headers"])
    claim("an API with AuthType IAM_ROLE is signed for execute-api", done["status"] == "SUCCEEDED" and right and
          scope.endswith("/us-east-1/execute-api/aws4_request") and last["body"] == b'{"n":1}', (done, last))
    history = json.dumps(server.call("GetExecutionHistory", executionArn=done["executionArn"]))
    claim("which the history does not show", "AWS4-HMAC" not in history)
    done = server.run(server.create("policy", one_task("arn:aws:states:::apigateway:invoke",
                                                       Parameters=dict(api, AuthType="RESOURCE_POLICY"))))
    claim("RESOURCE_POLICY is refused", done["error"] == "States.Runtime" and "RESOURCE_POLICY" in done["cause"], done)


def main():
    cert, authority = certificate("cluster.pem")
    other = certificate("other.pem")[1]
    endpoint = serve(Cluster, cert)
    cluster = {"ClusterName": "my-cluster", "CertificateAuthority": authority, "Endpoint": endpoint}
    url = serve(Services)
    services = {f"AWS_ENDPOINT_URL_{name}": url for name in ("EMR", "S3", "BEDROCK_RUNTIME")}
    with Server(variables=dict(MINE, **services)) as server:
        test_call(server, cluster)
        test_trust(server, cluster, other)
        test_job(server, cluster)
        test_emr(server)
        test_bedrock(server)
        test_api(server, url)
        said = server.stop()[1]
        claim("no secret in the log", SECRET not in said and "k8s-aws" not in said, said)
    token = os.path.join(FOLDER.name, "token")
    with open(token, "w", encoding="ascii") as file:
        file.write("of-a-service-account\n")
    with Server("--kubernetes-token", token, variables={"HOME": "/nonexistent"}) as server:
        done = server.run(server.create("own", call(cluster, Method="GET", Path="/")))
        claim("--kubernetes-token is for clusters of one's own", done["status"] == "SUCCEEDED" and
              Cluster.calls[-1]["token"] == "Bearer of-a-service-account", done)
        with open(token, "w", encoding="ascii") as file:
            file.write("nobody")
        done = server.run(server.create("nobody", call(cluster, Method="GET", Path="/")))
        claim("read anew for each call; who may not fails as docs say", done["error"] == "EKS.401" and
              json.loads(done["cause"])["ResponseBody"]["message"] == "Unauthorized", done)
    with Server(variables={"HOME": "/nonexistent"}) as server:
        done = server.run(server.create("none", call(cluster, Method="GET", Path="/")))
        claim("without keys there is no token", done["error"] == "EKS.SdkClientException" and
              "Unable to load credentials" in done["cause"], done)
    finish()


if __name__ == "__main__":
    main()
