#!/usr/bin/env python3
"""HTTP Tasks and API Gateway: what is sent, what answers mean, who may be called, and servers that
behave badly."""

import base64
import http.server
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

from cli_check import claim, finish
from serve_kit import Handler, ROLE, Server, one_task

HTTP = "arn:aws:states:::http:invoke"
API = "arn:aws:states:::apigateway:invoke"
ARN = "arn:aws:events:us-east-1:123456789012:connection/{}/3f1a"
SECRETS = ["pass-5ecret", "key-5ecret", "client-5ecret", "header-5ecret", "query-5ecret",
           "body-5ecret", "token-5ecret", "form-5ecret"]


class Api(Handler):
    """Each path is a method; what came is remembered by path."""
    protocol_version = "HTTP/1.1"
    seen = {}
    closed = threading.Event()
    tokens = 0

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.body()
        Api.seen.setdefault(url.path, []).append((self.command, url.query, self.headers, body))
        getattr(self, url.path.strip("/").replace("/", "_"), self.missing)(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_any

    def missing(self, _):
        self.answer(404, b'{"message": "no such thing"}')

    def echo(self, body):
        self.answer(200, body, Content_Type="application/json", X_Twice="a, b")

    def text(self, _):
        self.answer(200, b"no json", Content_Type="text/plain")

    def image(self, _):
        self.answer(200, b"GIF89a", Content_Type="image/gif")

    def latin(self, _):
        self.answer(200, b"gr\xfc\xdfe", Content_Type="text/plain")

    def busy(self, _):
        self.answer(429, b"", Retry_After="1")

    def down(self, _):
        """Answers the second call."""
        first = len(Api.seen["/down"]) % 2 == 1
        self.answer(503 if first else 200, b'"up"')

    def away(self, _):
        self.answer(302, b"", Location="/echo")

    def huge(self, _):
        self.answer(200, b'"' + b"x" * (1 << 20) + b'"')

    def endless(self, _):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    def reset(self, _):
        """Ends in the middle of its body, hard."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 100)
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def garbage(self, _):
        self.wfile.write(b"\xff\xfe no HTTP\r\n\r\n")
        self.close_connection = True

    def sleeps(self, _):
        self.connection.settimeout(30)
        try:
            if self.connection.recv(1) == b"":
                Api.closed.set()
        except OSError:
            pass
        self.close_connection = True

    def oauth_token(self, body):
        Api.tokens += 1
        self.answer(200, json.dumps({"access_token": f"token-5ecret-{Api.tokens}",
                                     "expires_in": 3600}).encode())

    def oauth_refuses(self, body):
        self.answer(401, body)

    def oauth_nonsense(self, body):
        self.answer(200, b'{"token": "header\\r\\ninjected"}')

    def wants_token(self, _):
        good = self.headers["Authorization"] == f"Bearer token-5ecret-{Api.tokens}" and Api.tokens > 1
        self.answer(200 if good else 401, b"{}")


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *what):
        pass


def listen(context=None):
    server = Listener(("127.0.0.1", 0), Api)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Drained(Server):
    """One that may say more than a pipe holds."""

    def __enter__(self):
        super().__enter__()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        return self

    def read(self):
        for line in self.process.stdout:
            self.said += line

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=60)
        self.reader.join()
        self.process.stdout.close()
        return super().stop()


CA = """[ca]
default_ca = own
[own]
new_certs_dir = .
database = index
serial = serial
default_md = sha256
policy = any
x509_extensions = more
[any]
commonName = supplied
[more]
subjectAltName = {}
basicConstraints = CA:true
"""


def make_certificate(folder, name, alternative, year=2020, end=2099):
    """A certificate that signs itself; `openssl ca` alone takes dates in the past."""
    place = os.path.join(folder, name)
    os.mkdir(place)
    for file, text in (("ca.conf", CA.format(alternative)), ("index", ""), ("serial", "01")):
        with open(os.path.join(place, file), "w", encoding="utf-8") as out:
            out.write(text)
    for command in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key",
                     "-out", "request", "-subj", "/CN=" + name],
                    ["ca", "-batch", "-selfsign", "-config", "ca.conf", "-keyfile", "key", "-in", "request", "-out",
                     "certificate", "-startdate", f"{year}0101000000Z", "-enddate", f"{end}0101000000Z", "-notext"]):
        subprocess.run(["openssl", *command], cwd=place, check=True, capture_output=True)
    certificate, key = os.path.join(place, "certificate"), os.path.join(place, "key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def connections(url, folder):
    secret_file = os.path.join(folder, "secret")
    with open(secret_file, "w", encoding="utf-8") as file:
        file.write("key-5ecret\n")

    def oauth(path):
        return {"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": {"OAuthParameters": {
            "AuthorizationEndpoint": url + path, "HttpMethod": "POST",
            "ClientParameters": {"ClientID": "me", "ClientSecret": "client-5ecret"},
            "OAuthHttpParameters": {
                "BodyParameters": [{"Key": "audience", "Value": "form-5ecret", "IsValueSecret": True}],
                "HeaderParameters": [{"Key": "X-Tenant", "Value": "t"}],
                "QueryStringParameters": [{"Key": "q", "Value": "1 2"}]}}}}

    return {
        "basic": {"AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {
            "Username": "me", "Password": {"env": "TEST_PASSWORD"}}}},
        "key": {"AuthorizationType": "API_KEY", "AuthParameters": {
            "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": {"file": secret_file}}}},
        "full": {"AuthorizationType": "API_KEY", "AuthParameters": {
            "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "key-5ecret"},
            "InvocationHttpParameters": {
                "HeaderParameters": [{"Key": "X-Mine", "Value": "header-5ecret"}],
                "QueryStringParameters": [{"Key": "mine", "Value": "query-5ecret"}],
                "BodyParameters": [{"Key": "mine", "Value": "body-5ecret"}]}}},
        "oauth": oauth("/oauth/token"),
        "oauth-refused": oauth("/oauth/refuses"),
        "oauth-nonsense": oauth("/oauth/nonsense"),
    }


class Tasks:
    """Runs one-task machines on a server."""

    def __init__(self, server, url):
        self.server, self.url, self.count = server, url, 0

    def run(self, path="/echo", connection="key", resource=HTTP, state=None, **parameters):
        url = path if "://" in path else self.url + path
        given = {"ApiEndpoint": url, "Method": "POST", **parameters}
        if resource == HTTP and connection:
            given.setdefault("Authentication", {"ConnectionArn": ARN.format(connection)})
        self.count += 1
        machine = self.server.create(f"m{self.count}", one_task(resource, Parameters=given, **(state or {})))
        return self.server.run(machine)

    def claim_sent(self, name, check, path="/echo", **more):
        """check is given method, query, headers and body."""
        done = self.run(path, **more)
        seen = Api.seen[path][-1]
        claim(name, done["status"] == "SUCCEEDED" and check(*seen), (done, seen[0], seen[1], seen[2].items(), seen[3]))

    def claim_fails(self, name, error, *parts, **more):
        done = self.run(**more)
        claim(name, done["status"] == "FAILED" and done.get("error") == error and
              all(part in done.get("cause", "") for part in parts), done)


def test_requests(tasks):
    tasks.claim_sent("a connection's API key becomes a header, read from a file", lambda method, query, headers, body:
                     headers["X-Key"] == "key-5ecret" and method == "POST")
    login = base64.b64encode(b"me:pass-5ecret").decode()
    tasks.claim_sent("basic: name and password, from a variable", lambda method, query, headers, body:
                     headers["Authorization"] == "Basic " + login, connection="basic")
    tasks.claim_sent("the service's own headers", lambda method, query, headers, body:
                     headers["User-Agent"] == "Amazon|StepFunctions|HttpInvoke|us-east-1" and
                     headers["Range"] == "bytes=0-262144" and headers["Host"].startswith("127.0.0.1") and
                     headers["Accept"] is None,
                     Headers={"User-Agent": "mine", "X-A": "1"})
    tasks.claim_sent("a body is JSON when nothing else is said", lambda method, query, headers, body:
                     headers["Content-Type"] == "application/json; charset=UTF-8" and body == b'{"a":[1.5,"\xc3\xa9"]}',
                     RequestBody={"a": [1.5, "é"]})
    tasks.claim_sent("a text is sent as it is", lambda method, query, headers, body:
                     headers["Content-Type"] == "text/xml" and body == b"<a/>", RequestBody="<a/>",
                     Headers={"Content-Type": "text/xml"})
    tasks.claim_sent("GET without a body has none", lambda method, query, headers, body: method == "GET" and
                     headers["Content-Length"] is None and headers["Content-Type"] is None, Method="GET")
    tasks.claim_sent("GET with one sends it", lambda method, query, headers, body: method == "GET" and
                     body == b'{"a":1}', Method="GET", RequestBody={"a": 1})
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        tasks.claim_sent(method, lambda sent, query, headers, body, wanted=method: sent == wanted, Method=method)
    tasks.claim_sent("the query is encoded", lambda method, query, headers, body:
                     query == "a=1&b%26=x%20y%2F%C3%A9&list=1&list=true",
                     QueryParameters={"a": 1, "b&": "x y/é", "list": ["1", True]})
    tasks.claim_sent("InvocationConfig names the connection, too", lambda method, query, headers, body:
                     headers["X-Key"] == "key-5ecret", connection=None,
                     InvocationConfig={"ConnectionArn": ARN.format("key")})


def test_merging(tasks):
    tasks.claim_sent("what the connection has comes first", lambda method, query, headers, body:
                     headers.get_all("X-Mine") == ["header-5ecret"] and headers["X-Other"] == "o" and
                     headers.get_all("X-Key") == ["key-5ecret"] and query == "other=1&mine=query-5ecret" and
                     body == b'{"mine":"body-5ecret","other":2}', connection="full",
                     Headers={"x-mine": "m", "X-Other": "o", "x-key": "k"}, QueryParameters={"mine": "m", "other": 1},
                     RequestBody={"mine": "m", "other": 2})
    tasks.claim_fails("a text cannot be merged", "States.Runtime", "'RequestBody'", connection="full",
                      RequestBody="text")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = {"a": ["x", "y z"], "o": {"in": {"n": None}}, "e": []}
    for array, expected in (("INDICES", b"a%5B0%5D=x&a%5B1%5D=y%20z"), ("REPEAT", b"a=x&a=y%20z"),
                            ("COMMAS", b"a=x,y%20z"), ("BRACKETS", b"a%5B%5D=x&a%5B%5D=y%20z")):
        tasks.claim_sent("lists as " + array, lambda method, query, headers, sent, wanted=expected:
                         sent == wanted + b"&o%5Bin%5D%5Bn%5D=", Headers=form, RequestBody=body,
                         Transform={"RequestBodyEncoding": "URL_ENCODED",
                                    "RequestEncodingOptions": {"ArrayFormat": array}})
    tasks.claim_sent("merged before it is encoded", lambda method, query, headers, sent: sent == b"mine=body-5ecret",
                     connection="full", Headers=form, Transform={"RequestBodyEncoding": "URL_ENCODED"})


def test_refusals(tasks):
    for header in ("Host", "authorization", "X-Amz-Anything", "x-forwarded-for", "TE", "Content-Length"):
        tasks.claim_fails(header + " is not the workflow's", "States.Runtime", header, Headers={header: "x"})
    for name, parameters in (("a header with a line break", {"Headers": {"X-A": "a\r\nX-B: b"}}),
                             ("a header's name with a blank", {"Headers": {"X A": "a"}}),
                             ("headers that are no object", {"Headers": ["a"]}),
                             ("an unknown method", {"Method": "BREW"}),
                             ("an unknown encoding", {"Transform": {"RequestBodyEncoding": "XML"}}),
                             ("a body for HEAD", {"Method": "HEAD", "RequestBody": 1}),
                             ("no connection", {"connection": None}),
                             ("a URL of another kind", {"path": "file:///etc/passwd"}),
                             ("a URL with a password", {"path": "https://me:x@127.0.0.1/"}),
                             ("a URL with a line break", {"path": "http://127.0.0.1/ HTTP/1.1\r\nX: y"})):
        before = {path: len(calls) for path, calls in Api.seen.items()}
        tasks.claim_fails(name + " is refused", "States.Runtime", "could not be used to start the Task: [",
                          **parameters)
        claim(name + " is not sent", before == {path: len(calls) for path, calls in Api.seen.items()})
    tasks.claim_fails("a connection that is not there", "Events.ConnectionResource.ResourceNotFound", "nobody",
                      connection="nobody")


def test_answers(tasks):
    done = tasks.run("/echo", RequestBody={"a": 1})
    result = json.loads(done.get("output", "{}"))
    claim("the result has AWS's shape", list(result) == ["Headers", "ResponseBody", "StatusCode", "StatusText"] and
          result["Headers"]["content-type"] == ["application/json"] and result["ResponseBody"] == {"a": 1} and
          result["StatusCode"] == 200 and result["StatusText"] == "OK", done)
    result = json.loads(tasks.run("/text").get("output", "{}"))
    claim("what is no JSON is a text", result.get("ResponseBody") == "no json", result)
    tasks.claim_fails("an error's name has the status", "States.Http.StatusCode.404", "no such thing", path="/nothing")
    tasks.claim_fails("429", "States.Http.StatusCode.429", "Too Many Requests", path="/busy")
    tasks.claim_fails("a redirect is not followed", "States.Http.StatusCode.302", path="/away")
    tasks.claim_fails("an image is no output", "States.Runtime", "no text", path="/image")
    tasks.claim_fails("nor is what is no UTF-8", "States.Runtime", "no text", path="/latin")
    tasks.claim_fails("a body that is too large", "States.DataLimitExceeded", path="/huge")
    tasks.claim_fails("a body without end", "States.DataLimitExceeded", path="/endless")
    tasks.claim_fails("a reset in the middle of the body", "States.Http.Socket", path="/reset")
    tasks.claim_fails("what is no HTTP", "States.Http.Socket", path="/garbage")
    tasks.claim_fails("nobody listens", "States.Http.Socket", path="http://127.0.0.1:1/")
    retry = {"Retry": [{"ErrorEquals": ["States.Http.StatusCode.503"], "IntervalSeconds": 1}]}
    done = tasks.run("/down", state=retry)
    claim("503 is the state's Retry's", done["status"] == "SUCCEEDED" and len(Api.seen["/down"]) == 2, done)
    done = tasks.run("/sleeps", state={"TimeoutSeconds": 1})
    claim("TimeoutSeconds ends a slow call", done.get("error") == "States.Timeout" and Api.closed.wait(10), done)


def test_oauth(tasks):
    done = tasks.run("/wants_token", "oauth")
    method, query, headers, body = Api.seen["/oauth/token"][-1]
    form = urllib.parse.parse_qs(body.decode())
    claim("OAuth sends its credentials as a form", method == "POST" and query == "q=1%202" and
          headers["X-Tenant"] == "t" and form == {
              "audience": ["form-5ecret"], "grant_type": ["client_credentials"], "client_id": ["me"],
              "client_secret": ["client-5ecret"]}, (method, query, form))
    claim("a token that is not accepted fails the task", done.get("error") == "States.Http.StatusCode.401", done)
    done = tasks.run("/wants_token", "oauth")
    claim("and the next one gets another", done["status"] == "SUCCEEDED" and Api.tokens == 2, (done, Api.tokens))
    tasks.run("/wants_token", "oauth")
    claim("a good one is used again", Api.tokens == 2 and
          Api.seen["/wants_token"][-1][2]["Authorization"] == "Bearer token-5ecret-2", Api.tokens)
    tasks.claim_fails("an endpoint that refuses", "Events.ConnectionResource.InvalidConnectionState", "it answered 401",
                      connection="oauth-refused")
    tasks.claim_fails("an endpoint without a token", "Events.ConnectionResource.InvalidConnectionState",
                      "no access_token", connection="oauth-nonsense")


def inspect(tasks, connection, **more):
    parameters = {"ApiEndpoint": tasks.url + "/text", "Method": "POST", "Headers": {"X-A": "1"},
                  "Authentication": {"ConnectionArn": ARN.format(connection)}, "RequestBody": {"a": 1}}
    return tasks.server.call("TestState", roleArn=ROLE, definition=json.dumps(
        {"Type": "Task", "Resource": HTTP, "End": True, "Parameters": parameters}), **more)


def test_inspection(tasks):
    shown = inspect(tasks, "full", inspectionLevel="TRACE", revealSecrets=True)["inspectionData"]
    request, response = shown["request"], shown["response"]
    claim("TRACE shows the request", request == {
        "protocol": "http", "method": "POST", "url": tasks.url + "/text?mine=query-5ecret",
        "headers": "[X-A: 1, X-Key: key-5ecret, X-Mine: header-5ecret, User-Agent: "
                   "Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]",
        "body": '{"a":1,"mine":"body-5ecret"}'}, request)
    claim("and the answer", response["statusCode"] == "200" and response["statusMessage"] == "OK" and
          response["body"] == "no json" and "content-type: text/plain" in response["headers"], response)
    shown = inspect(tasks, "full", inspectionLevel="TRACE")["inspectionData"]
    claim("without revealSecrets the connection's part is hidden", "5ecret" not in json.dumps(shown) and
          "X-Key: [REDACTED]" in shown["request"]["headers"], shown)
    for connection in ("basic", "oauth"):
        shown = json.dumps(inspect(tasks, connection, inspectionLevel="TRACE"))
        claim(connection + " is hidden, too", "[REDACTED]" in shown and "5ecret" not in shown and
              base64.b64encode(b"me:pass-5ecret").decode() not in shown, shown)
    shown = inspect(tasks, "full", inspectionLevel="DEBUG")["inspectionData"]
    claim("DEBUG shows none of it", "request" not in shown and "5ecret" not in json.dumps(shown), shown)


def test_secrets(tasks, server):
    """Everything that the server has said and kept."""
    kept = []
    for machine in server.call("ListStateMachines", maxResults=1000)["stateMachines"]:
        for execution in server.call("ListExecutions", stateMachineArn=machine["stateMachineArn"])["executions"]:
            events = server.call("GetExecutionHistory", executionArn=execution["executionArn"])["events"]
            # What the echoing API itself repeats is the workflow's own business.
            kept += [e for e in events if "/echo" not in json.dumps(events)]
    text = json.dumps(kept)
    claim("histories were looked at", len(kept) > 100, len(kept))
    claim("no secret is in a history", not [s for s in SECRETS if s in text], [s for s in SECRETS if s in text])


def test_api_gateway(tasks):
    def sent(name, check, path="/stage/echo", **more):
        tasks.claim_sent(name, check, path=path, resource=API, **more)
    Api.stage_echo = Api.echo
    tasks_url, tasks.url = tasks.url, tasks.url + "/"
    done = tasks.run("/", resource=API, Stage="stage", Path="/echo", RequestBody="text", Headers={"X-A": ["1", "2"]},
                     QueryParameters={"q": ["a b", "c"]})
    tasks.url = tasks_url
    method, query, headers, body = Api.seen["/stage/echo"][-1]
    claim("stage and path make the URL; a text is sent as JSON", body == b'"text"' and query == "q=a%20b&q=c" and
          headers.get_all("X-A") == ["1", "2"] and headers["Content-Type"] == "application/json",
          (query, headers.items(), body))
    result = json.loads(done.get("output", "{}"))
    claim("headers keep their case", result.get("Headers", {}).get("Content-Type") == ["application/json"] and
          result["ResponseBody"] == "text", done)
    sent("null is left out", lambda method, query, headers, body: body == b'{"b":{"c":1}}',
         RequestBody={"a": None, "b": {"c": 1, "d": None}})
    sent("unless it is allowed", lambda method, query, headers, body: body == b'{"a":null}',
         RequestBody={"a": None}, AllowNullValues=True)
    tasks.claim_fails("a header that is no list", "States.Runtime",
                      "[The value of the field 'Headers' has an invalid format]", resource=API, Headers={"X-A": "1"})
    tasks.claim_fails("a header of the service's", "States.Runtime", "Host", resource=API, Headers={"Host": ["1"]})
    tasks.claim_fails("a signed call is not made without keys", "ApiGateway.SdkClientException",
                      "Unable to load credentials", resource=API, AuthType="IAM_ROLE")
    tasks.claim_fails("an error's name has the status", "ApiGateway.404", "no such thing", path="/x", resource=API)


def test_plain_and_certificates(folder, context, trusted, others):
    """others: name -> context of servers that must not be trusted."""
    port = listen(context)
    given = ["--connections", json.dumps(connections("http://127.0.0.1:1", folder)), "--ca-file", trusted]
    variables = {"TEST_PASSWORD": "pass-5ecret"}
    with Server(*given, variables=variables) as server:
        tasks = Tasks(server, f"https://localhost:{port}")
        done = tasks.run("/echo", RequestBody=1)
        claim("a certificate of --ca-file is trusted", done["status"] == "SUCCEEDED", done)
        for name, other in others.items():
            tasks.claim_fails(name, "States.Http.Socket", path=f"https://localhost:{listen(other)}/echo")
        tasks.claim_fails("a server without TLS", "States.Http.Socket", path=f"https://localhost:{listen()}/echo")
        tasks.claim_fails("http:// to another address", "States.Runtime", "--http-plain", path="http://192.0.2.1/")
    with Server("--connections", given[1], variables=variables) as server:
        Tasks(server, f"https://localhost:{port}").claim_fails(
            "the same without it is not", "States.Http.Socket", path=f"https://localhost:{port}/echo")


def test_public_only(folder, context, trusted):
    """127.0.0.1 itself, its other spellings, a name that means it, and connections that are kept."""
    port, plain = listen(context), listen()
    given = ["--connections", json.dumps(connections("http://127.0.0.1:1", folder)), "--ca-file", trusted,
             "--http-addresses", "public", "--lambda-endpoint", f"https://localhost:{port}"]
    with Server(*given, variables={"TEST_PASSWORD": "x"}) as server:
        tasks = Tasks(server, "")
        function = "arn:aws:lambda:us-east-1:123456789012:function:f"
        server.run(server.create("kept", one_task(function))) # leaves an open connection to it
        before = sum(len(calls) for calls in Api.seen.values())
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
                     "169.254.169.254", "10.0.0.1", "[fd00::1]", "[64:ff9b::7f00:1]"):
            tasks.claim_fails("not to " + host, "States.Runtime", "--http-addresses",
                              path=f"https://{host}:{port}/echo")
        tasks.claim_fails("nor without TLS", "States.Runtime", "--http-plain", path=f"http://127.0.0.1:{plain}/echo")
        claim("nothing was sent", before == sum(len(calls) for calls in Api.seen.values()))
        tasks.claim_fails("nor by API Gateway", "States.Runtime", "--http-addresses", resource=API,
                          path=f"https://localhost:{port}/echo")


def test_default_reach(folder, context, trusted):
    """With credentials: public."""
    port, keys = listen(context), os.path.join(folder, "credentials")
    with open(keys, "w", encoding="utf-8") as file:
        file.write("[a]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s\n")
    os.chmod(keys, 0o600)
    env = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", "TEST_PASSWORD": "x"}
    given = ["--connections", json.dumps(connections("http://127.0.0.1:1", folder)), "--ca-file", trusted,
             "--credentials", keys]
    definition = os.path.join(folder, "m.json")
    with open(definition, "w", encoding="utf-8") as file:
        json.dump(one_task(HTTP, Parameters={"ApiEndpoint": f"https://localhost:{port}/echo", "Method": "GET",
                                             "Authentication": {"ConnectionArn": ARN.format("key")}}), file)
    for more, expected in (([], "--http-addresses"), (["--http-addresses", "any"], '"StatusCode":200')):
        with Server(*given, *more, variables=env) as server:
            operate = [os.environ["STEPWELL"]]
            where = ["--endpoint-url", server.url]
            full = {**os.environ, **env}
            subprocess.run([*operate, "machines", "create", definition, *where], env=full, capture_output=True,
                           check=True)
            done = subprocess.run([*operate, "executions", "start", "m", "--wait", *where], env=full,
                                  capture_output=True, text=True)
            claim("with credentials " + (" ".join(more) or "private addresses are refused"),
                  expected in done.stdout + done.stderr, (done.stdout, done.stderr))


def test_options(folder):
    def refused(name, value, *parts):
        server = Server("--connections", json.dumps(value))
        _, said = server.stop()
        claim(name, all(part in said for part in parts) and "5ecret" not in said, said)

    key = {"ApiKeyName": "a", "ApiKeyValue": "key-5ecret"}
    refused("a connection without a type", {"c": {"AuthParameters": {}}}, "c/AuthorizationType: is missing")
    refused("a connection of no known type", {"c": {"AuthorizationType": "key-5ecret"}}, "c: AuthorizationType must be")
    refused("a parameter of another type", {"c": {"AuthorizationType": "BASIC", "AuthParameters": {
        "ApiKeyAuthParameters": key}}}, "c/AuthParameters: there is no member 'ApiKeyAuthParameters'")
    refused("a variable that is not set", {"c": {"AuthorizationType": "API_KEY", "AuthParameters": {
        "ApiKeyAuthParameters": {**key, "ApiKeyValue": {"env": "NOT_SET_AT_ALL"}}}}}, "ApiKeyValue: the environment")
    refused("a value with a line break", {"c": {"AuthorizationType": "API_KEY", "AuthParameters": {
        "ApiKeyAuthParameters": {**key, "ApiKeyValue": "key-5ecret\nX: y"}}}}, "ApiKeyValue: must be one line")
    config = os.path.join(folder, "config.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write("connections:\n  key:\n    AuthorizationType: API_KEY\n    AuthParameters:\n"
                   "      ApiKeyAuthParameters: {ApiKeyName: X-Key, ApiKeyValue: key-5ecret}\n")
    with Server("--config", config) as server:
        Tasks(server, f"http://127.0.0.1:{listen()}").claim_sent(
            "connections stand in the configuration file", lambda method, query, headers, body:
            headers["X-Key"] == "key-5ecret")


def main():
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{listen()}"
        file = os.path.join(folder, "connections.json")
        with open(file, "w", encoding="utf-8") as out:
            json.dump(connections(url, folder), out)
        os.chmod(file, 0o600)
        given = ["--connections", "@" + file, "--log-level", "debug"]
        with Drained(*given, variables={"TEST_PASSWORD": "pass-5ecret"}) as server:
            tasks = Tasks(server, url)
            test_requests(tasks)
            test_merging(tasks)
            test_refusals(tasks)
            test_answers(tasks)
            test_oauth(tasks)
            test_inspection(tasks)
            test_api_gateway(tasks)
            test_secrets(tasks, server)
            running = server.call("ListStateMachines", maxResults=1000)["stateMachines"]
            stuck = [m for m in running if server.call("ListExecutions", stateMachineArn=m["stateMachineArn"],
                                                       statusFilter="RUNNING")["executions"]]
            claim("no execution is stuck", not stuck, stuck)
            status, said = server.stop()
            claim("it ends when told to", status == 0, (status, said))
            claim("no secret is in the log", "5ecret" not in said, said)
        trusted, context = make_certificate(folder, "good", "DNS:localhost")
        _, unknown = make_certificate(folder, "unknown", "DNS:localhost")
        wrong, wrong_context = make_certificate(folder, "wrong", "DNS:elsewhere.example")
        old, expired = make_certificate(folder, "expired", "DNS:localhost", end=2021)
        both = os.path.join(folder, "both.pem")
        with open(both, "w", encoding="utf-8") as out:
            for name in (trusted, wrong, old):
                with open(name, encoding="utf-8") as certificate:
                    out.write(certificate.read())
        test_plain_and_certificates(folder, context, both, {
            "a certificate that nobody trusts": unknown, "a certificate for another name": wrong_context,
            "a certificate that has expired": expired})
        test_public_only(folder, context, trusted)
        test_default_reach(folder, context, trusted)
        test_options(folder)
    finish()


if __name__ == "__main__":
    main()
