#!/usr/bin/env python3
"""Lambda functions that run here: Python, Node and C handlers, what goes wrong in them, and the
server's end."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from cli_check import ROOT, claim, claim_done, finish, stepwell
from serve_kit import ROLE, Server as Brief, one_task
from server_process import Client, Server, free_port

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
CC = os.environ.get("CC", "cc")

PYTHON = '''
import os, time, decimal, logging
calls = 0
def handler(event, context):
    global calls
    calls += 1
    do = event.get("do") if isinstance(event, dict) else None
    if do == "raise":
        raise KeyError("gone")
    if do == "exit":
        os._exit(7)
    if do == "return":
        os._exit(0)
    if do == "sleep":
        time.sleep(event["for"])
    if do == "unknown":
        return object()
    if do == "memory":
        return len(bytearray(1 << 30))
    if do == "big":
        return "x" * (8 << 20)
    if do == "flood":
        for i in range(300):
            print("line", i)
    if do == "log":
        print("printed"); logging.warning("warned")
    if do == "context":
        return [context.function_name, context.invoked_function_arn, context.memory_limit_in_mb,
                context.get_remaining_time_in_millis() > 1000, os.environ.get("COLOUR"),
                len(context.aws_request_id)]
    return {"calls": calls, "pid": os.getpid(), "event": event, "n": decimal.Decimal("1.5")}
'''
NODE = '''
export const handler = async (event, context) => {
    if (event.do === "raise") throw new RangeError("too far");
    if (event.do === "exit") process.exit(9);
    return { name: context.functionName, event, left: context.getRemainingTimeInMillis() > 1000 };
};
'''
CALLBACK = '''
exports.handler = (event, context, callback) => {
    if (event.do === "raise") callback(new Error("called back")); else callback(null, { event });
};
'''


ENDINGS = '''
exports.handler = (event, context, callback) => {
    if (event.do === "return") return { lost: true };
    if (event.do === "never") return new Promise(() => {});
    if (event.do === "later") setTimeout(() => callback(null, "later"), 20);
    if (event.do === "reject") Promise.reject(new Error("nobody listens"));
    if (event.do === "throw") setTimeout(() => { throw new TypeError("too late"); }, 20);
    if (event.do === "region") callback(null, [process.env.AWS_REGION, process.env._HANDLER]);
    if (event.do === "reject" || event.do === "throw") setTimeout(() => {}, 60000);
};
'''


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_folder(folder):
    write(folder, "pay/app.py", PYTHON)
    write(folder, "pay/function.json", json.dumps(
        {"runtime": "python3.12", "handler": "app.handler", "timeout": 2, "memory": 256,
         "environment": {"COLOUR": "red"}}))
    write(folder, "single.py", "def handler(event, context):\n    return {'single': event}\n")
    write(folder, "missing/app.py", "import no_such_module\n")
    write(folder, "nameless/app.py", "def other(event, context):\n    pass\n")
    write(folder, "broken/app.py", "def handler(:\n")
    write(folder, "nodes/index.mjs", NODE)
    write(folder, "back/index.cjs", CALLBACK)
    write(folder, "ends/index.cjs", ENDINGS)
    write(folder, "ends/function.json", json.dumps(
        {"runtime": "nodejs20.x", "timeout": 10, "environment": {"AWS_REGION": "eu-central-1"}}))
    write(folder, "notes.txt", "no function")
    os.makedirs(os.path.join(folder, "compiled"))
    subprocess.run([CC, "-D_GNU_SOURCE", os.path.join(ROOT, "tests/tools/provided_function.c"), "-o",
                    os.path.join(folder, "compiled/bootstrap")], check=True)


class Functions:
    def __init__(self, server):
        self.server, self.machines = server, {}

    def call(self, name, event=None, resource=None, **members):
        key = resource or ARN + name
        if key not in self.machines:
            self.machines[key] = self.server.create(f"m{len(self.machines)}", one_task(
                key, **members))
        return self.server.run(self.machines[key], event or {})

    def output(self, name, event=None):
        ended = self.call(name, event)
        return json.loads(ended["output"]) if ended["status"] == "SUCCEEDED" else ended


def test_python(f):
    first, second = f.output("pay", {"a": 1}), f.output("pay", {"a": 2})
    claim("a Python handler answers", first.get("event") == {"a": 1} and first["n"] == 1.5, first)
    claim("its process is used again", (second.get("pid"), second.get("calls")) ==
          (first["pid"], 2), second)
    context = f.output("pay", {"do": "context"})
    claim("its context and environment", context == ["pay", ARN + "pay", "256", True, "red", 36],
          context)
    failed = f.output("pay", {"do": "raise"})
    report = json.loads(failed["cause"])
    claim("an exception, in Lambda's shape", failed["error"] == "KeyError" and
          list(report) == ["errorMessage", "errorType", "requestId", "stackTrace"] and
          report["errorMessage"] == "'gone'" and "in handler" in report["stackTrace"][0] and
          len(report["stackTrace"]) == 1, failed)
    failed = f.output("pay", {"do": "unknown"})
    claim("a result that is no JSON", failed["error"] == "Runtime.MarshalError" and
          "Object of type object is not JSON serializable" in failed["cause"], failed)
    failed = f.output("pay", {"do": "exit"})
    claim("a process that exits", failed["error"] == "Runtime.ExitError" and
          "Error: Runtime exited with error: exit status 7" in failed["cause"], failed)
    failed = f.output("pay", {"do": "return"})
    claim("a process that ends without a reason", failed["error"] == "Runtime.ExitError" and
          "Runtime exited without providing a reason" in failed["cause"], failed)
    again = f.output("pay", {})
    claim("a crashed process is replaced", again.get("calls") == 1 and
          again["pid"] != first["pid"], again)
    failed = f.output("pay", {"do": "sleep", "for": 30})
    claim("a function that takes too long", failed["error"] == "Sandbox.Timedout" and
          json.loads(failed["cause"])["errorMessage"].endswith(
              "Error: Task timed out after 2.00 seconds"), failed)
    failed = f.output("pay", {"do": "memory"})
    claim("more memory than it has", failed["error"] in ("MemoryError", "Runtime.ExitError"), failed)
    failed = f.output("pay", {"do": "big"})
    claim("a result beyond 6 MB", failed["error"] in (
        "Function.ResponseSizeTooLarge", "Runtime.ExitError"), failed)
    claim("many lines", f.output("pay", {"do": "flood"}).get("calls"))
    claim("a file alone is a function, too", f.output("single", {"x": 1}) == {"single": {"x": 1}})


def test_loading(f):
    failed = f.output("missing")
    claim("a module that cannot be imported", failed["error"] == "Runtime.ImportModuleError" and
          "Unable to import module 'app': No module named 'no_such_module'" in failed["cause"],
          failed)
    failed = f.output("nameless")
    claim("a handler that is not there", failed["error"] == "Runtime.HandlerNotFound" and
          "Handler 'handler' missing on module 'app'" in failed["cause"], failed)
    failed = f.output("broken")
    claim("a syntax error", failed["error"] == "Runtime.UserCodeSyntaxError", failed)
    failed = f.output("nothing")
    claim("a function that is not there", failed["error"] == "Lambda.ResourceNotFoundException" and
          failed["cause"].startswith(f"Function not found: {ARN}nothing:$LATEST (Service: "
                                     "AWSLambda; Status Code: 404;"), failed)


def test_node(f):
    if not shutil.which("node"):
        print("skip: node is not installed")
        return
    got = f.output("nodes", {"a": 1})
    claim("a Node handler answers", got == {"name": "nodes", "event": {"a": 1}, "left": True}, got)
    failed = f.output("nodes", {"do": "raise"})
    claim("an exception, in Node's shape", failed["error"] == "RangeError" and
          list(json.loads(failed["cause"])) == ["errorType", "errorMessage", "trace"], failed)
    failed = f.output("nodes", {"do": "exit"})
    claim("a Node process that exits", "exit status 9" in failed["cause"], failed)
    claim("a callback", f.output("back", {"b": 2}) == {"event": {"b": 2}})
    failed = f.output("back", {"do": "raise"})
    claim("a callback with an error", failed["error"] == "Error" and "called back" in
          failed["cause"], failed)
    test_node_endings(f)


def test_node_endings(f):
    def run(what):
        return f.output("ends", {"do": what})

    claim("what a handler that is not async returns does not count", run("return") is None)
    claim("a promise that is never kept ends with the last thing to do", run("never") is None)
    claim("a callback that comes later", run("later") == "later")
    failed = run("reject")
    claim("a rejection that nobody handles", failed["error"] ==
          "Runtime.UnhandledPromiseRejection" and "nobody listens" in failed["cause"], failed)
    failed = run("throw")
    claim("an exception that nobody catches", failed["error"] == "TypeError" and
          "too late" in failed["cause"], failed)
    claim("its own environment comes first", run("region") == ["eu-central-1", "index.handler"])


def test_compiled(f):
    got = f.output("compiled", {"c": 3})
    claim("a C handler answers", got == {"by": "C", "event": {"c": 3}}, got)
    failed = f.output("compiled", {"do": "crash"})
    claim("a C handler that aborts", failed["error"] == "Runtime.ExitError" and
          "signal: Aborted" in failed["cause"], failed)
    claim("and is replaced", f.output("compiled", {"c": 4}).get("event") == {"c": 4})


def test_invoke(f):
    ended = f.call("", {"do": "log"}, "arn:aws:states:::lambda:invoke", Parameters={
        "FunctionName": "pay", "Payload.$": "$", "LogType": "Tail"})
    output = json.loads(ended.get("output", "{}"))
    log = base64.b64decode(output.get("LogResult", "")).decode()
    claim("lambda:invoke has payload and log", output.get("StatusCode") == 200 and
          output["Payload"]["event"] == {"do": "log"} and log.startswith("START RequestId: ") and
          "\nprinted\n" in log and "[WARNING]" in log and "\nREPORT RequestId: " in log, output)


def test_http(server):
    def post(name, body, **headers):
        request = urllib.request.Request(
            f"{server.url}/2015-03-31/functions/{name}/invocations", body,
            {k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    status, headers, body = post("pay", b'{"h": 1}')
    claim("Invoke over HTTP", status == 200 and json.loads(body)["event"] == {"h": 1} and
          headers["X-Amz-Executed-Version"] == "$LATEST", (status, body))
    status, headers, body = post("pay", b'{"do": "raise"}')
    claim("an error over HTTP", status == 200 and headers["X-Amz-Function-Error"] == "Unhandled" and
          json.loads(body)["errorType"] == "KeyError", (status, body))
    claim("an unknown function over HTTP", post("none", b"{}")[0] == 404)
    claim("what is no JSON over HTTP", post("pay", b"{")[0] == 400)
    claim("an event over HTTP", post("pay", b"{}", X_Amz_Invocation_Type="Event")[0] == 202)
    claim("a dry run over HTTP", post("pay", b"{}", X_Amz_Invocation_Type="DryRun")[0] == 204)
    results = []
    threads = [threading.Thread(target=lambda: results.append(post("single", b"5"))) for _ in
               range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claim("fifty at once", all(r[0] == 200 and r[2] == b'{"single": 5}' for r in results), results)


def test_reload(f, folder):
    claim("before", f.output("single", 1) == {"single": 1})
    time.sleep(0.6)  # longer than a look at the files counts
    write(folder, "single.py", "def handler(event, context):\n    return 'changed'\n")
    claim("a changed file counts for the next call", f.output("single", 1) == "changed")


def children(pid):
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return done.stdout.split()


def wait_until(check, seconds=30):
    deadline = time.time() + seconds
    while time.time() < deadline and not check():
        time.sleep(0.05)
    return check()


def test_death(folder):
    """kill -9 in the middle of a call: law 3."""
    data = os.path.join(folder, "data")
    server = Server(data, "--functions", os.path.join(folder, "f"), port=free_port())
    server.start()
    client = Client(server)
    machine = client.call("CreateStateMachine", name="m", roleArn=ROLE, definition=json.dumps(
        one_task(ARN + "pay")))["stateMachineArn"]
    run = client.call("StartExecution", stateMachineArn=machine, input=json.dumps(
        {"do": "sleep", "for": 1.5}))["executionArn"]
    wait_until(lambda: children(server.process.pid) != [])
    workers = children(server.process.pid)
    server.kill()
    claim("functions die with the server", workers and wait_until(
        lambda: not any(os.path.exists("/proc/" + pid) for pid in workers)), workers)
    server.start()
    ended = Client(server).call("DescribeExecution", executionArn=run)
    wait_until(lambda: Client(server).call("DescribeExecution", executionArn=run)["status"] !=
               "RUNNING")
    ended = Client(server).call("DescribeExecution", executionArn=run)
    claim("a call that was cut off is not made again", ended["status"] == "FAILED", ended)
    run = Client(server).call("StartExecution", stateMachineArn=machine, input=json.dumps(
        {"do": "sleep", "for": 1}))["executionArn"]
    wait_until(lambda: children(server.process.pid) != [])
    server.stop()
    server.start()
    ended = Client(server).call("DescribeExecution", executionArn=run)
    claim("a server that is told to end waits for its functions", ended["status"] == "SUCCEEDED",
          ended)
    server.stop()


def test_command_line(folder):
    machine = os.path.join(folder, "m.json")
    write(folder, "m.json", json.dumps(one_task(ARN + "pay")))
    done = stepwell("run", machine, "--functions", os.path.join(folder, "f"), "-i", '{"r": 1}')
    claim("stepwell run --functions", done.returncode == 0 and
          json.loads(done.stdout)["event"] == {"r": 1}, done)
    done = stepwell("run", machine, "--functions", os.path.join(folder, "f"), "-i",
                    '{"do": "raise"}', "-q")
    claim("its failures", done.returncode == 1 and "KeyError" in done.stderr, done)

    def refused(name, definitions, *parts):
        claim_done(name, stepwell("serve", "--port", "0", "--store", "memory", "--functions",
                                  definitions), 2, *parts)

    refused("a folder that is not there", "/nowhere", "No such file")
    refused("a runtime that is none", '{"f": {"runtime": "cobol", "code": "/"}}',
            "functions/f/runtime", "python, node or provided")
    refused("an unknown setting", '{"f": {"runtime": "python", "code": "/", "x": 1}}',
            "functions/f/x: there is no such setting")
    refused("a variable of Lambda's own", '{"f": {"runtime": "node", "code": "/", "environment": '
            '{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}}}', "functions/f/environment")
    refused("a time limit that is none", '{"f": {"runtime": "node", "code": "/", "timeout": 901}}',
            "functions/f/timeout: must be a number from 1 to 900")


def main():
    with tempfile.TemporaryDirectory() as folder:
        functions = os.path.join(folder, "f")
        make_folder(functions)
        with Brief("--functions", functions) as server:
            f = Functions(server)
            for test in (test_python, test_loading, test_node, test_compiled, test_invoke):
                test(f)
            test_http(server)
            test_reload(f, functions)
            status, said = server.stop()
            claim("what functions print is on the console", status == 0 and "pay | printed" in said)
        test_death(folder)
        test_command_line(folder)
    finish()


main()
