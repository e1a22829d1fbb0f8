#!/usr/bin/env python3
"""Every example does what its cases.json says, is valid, and can be drawn."""

import glob
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile

STEPWELL = os.environ["STEPWELL"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
passed = failed = 0


def check(claim, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {claim}\n{detail}")


def run(*arguments, **options):
    return subprocess.run([STEPWELL, *arguments], capture_output=True, timeout=60, **options)


def machine_of(folder):
    return glob.glob(os.path.join(folder, "*.asl.*"))[0]


def run_case(folder, name, case):
    machine_type = "EXPRESS" if folder.endswith("sensors") else "STANDARD"
    done = run("run", machine_of(folder), "--mock", f"{folder}/mocks.json#{name}", "--fast-forward",
               "--input", json.dumps(case["input"]), "--type", machine_type)
    claim = f"{os.path.basename(folder)} {name}"
    if "output" in case:
        ok = done.returncode == 0 and json.loads(done.stdout) == case["output"]
    else:
        ok = (done.returncode == 1 and f"error: {case['error']}\n".encode() in done.stderr
              and f"cause: {case['cause']}\n".encode() in done.stderr)
    check(claim, ok, f"status {done.returncode}\n{done.stdout}\n{done.stderr.decode()}")


def test_folder(folder):
    machine = machine_of(folder)
    name = os.path.basename(folder)
    done = run("validate", machine)
    check(f"{name} is valid", done.returncode == 0, done.stdout.decode())
    for form, start in (("mermaid", b"flowchart"), ("dot", b"digraph"), ("svg", b"<?xml"),
                        ("png", b"\x89PNG")):
        done = run("graph", machine, "--format", form)
        check(f"{name} as {form}", done.returncode == 0 and done.stdout.startswith(start),
              done.stderr.decode())
    cases = os.path.join(folder, "cases.json")
    if os.path.exists(cases):
        with open(cases, encoding="utf-8") as file:
            for case, expected in json.load(file).items():
                run_case(folder, case, expected)


def test_approval():
    script = os.path.join(ROOT, "examples/approval/run.sh")
    for name, status, expected in (("approved", 0, b'"number":"PO-2041"'),
                                   ("small", 0, b'"number":"PO-2041"'),
                                   ("declined", 0, b'"status":"declined"'),
                                   ("incomplete", 1, b"failed in Check request")):
        done = subprocess.run([script, name], capture_output=True, timeout=60)
        check(f"approval {name}", done.returncode == status
              and expected in done.stdout + done.stderr,
              f"status {done.returncode}\n{done.stdout}\n{done.stderr.decode()}")


def ours(*arguments, port, **options):
    env = dict(os.environ, AWS_ENDPOINT_URL_SFN=f"http://127.0.0.1:{port}")
    return subprocess.run([STEPWELL, *arguments], capture_output=True, timeout=60, env=env, check=False,
                          text=True, **options)


def test_make_run():
    """What `make run` does, up to the approval that it asks for."""
    with socket.socket() as s, tempfile.TemporaryDirectory() as data:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        s.close()
        env = dict(os.environ, PORT=str(port), DATA=data)
        script = subprocess.Popen([os.path.join(ROOT, "scripts/run-example")], env=env, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, lines = "", {}
        while len(lines) < 2:
            line = script.stdout.readline()
            said += line
            for key in ("executions tail approval:", "tasks succeed"):
                if key in line:
                    lines[key] = shlex.split(line[line.index(STEPWELL):])[1:]
            if line == "":
                break
        check("make run says what to type", len(lines) == 2, said)
        done = ours(*lines["tasks succeed"], port=port)
        check("the approval is taken", done.returncode == 0, done.stderr)
        done = ours(*lines["executions tail approval:"], port=port)
        check("and the execution ends with a booking", done.returncode == 0 and
              '"number":"PO-2041"' in done.stdout, done.stdout + done.stderr)
        script.send_signal(signal.SIGTERM)
        rest = script.stdout.read()
        check("it ends when it is told to", script.wait(60) == 0, said + rest)


for folder in sorted(glob.glob(os.path.join(ROOT, "examples/*/"))):
    # Programs that embed the library are another kind of example.
    if glob.glob(os.path.join(folder, "*.asl.*")):
        test_folder(folder.rstrip("/"))
test_approval()
test_make_run()
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
