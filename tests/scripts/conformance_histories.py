#!/usr/bin/env python3
"""Histories recorded on AWS, run again by the engine.

Takes the cases of ../shared/conformance (skips all where that folder is not there) that create one
state machine, start one execution and expect its history. The case's own runner plays it, against
a server of a few lines that lives in this process: StartExecution hands the definition to the tool
run-history, with a virtual clock. What the tasks answered is read off the recorded history itself:
each attempt's outcome becomes that attempt's line of the script.

tests/known_failures/histories.txt lists the cases that fail, each with its reason after a tab. A
failure that is not listed fails the test, and so does a listed one that is cured.

    conformance_histories.py [-v] [FILTER...]    -v: the differences of known failures, too
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(os.path.dirname(ROOT), "shared", "conformance")
KNOWN = os.path.join(ROOT, "tests", "known_failures", "histories.txt")
BUILD = os.environ.get("BUILD_DIR", os.path.join(ROOT, "build"))
TOOL = os.environ.get("RUN_HISTORY", os.path.join(BUILD, "tests", "unit", "run-history"))
PREFIX = "arn:aws:states:us-east-1:123456789012:"
ANSWERED = {"CreateActivity", "CreateStateMachine", "StartExecution", "GetExecutionHistory",
            "DescribeExecution", "DescribeStateMachineForExecution", "DescribeStateMachine"}
TASK_EVENTS = ("Task", "Lambda", "Activity")


class Skip(Exception):
    """This case is not for us; the text says why."""


# -- what the tasks answered -----------------------------------------------------------------------

def kind(event):
    return event["type"] if isinstance(event.get("type"), str) else ""


def details(event):
    for key, value in event.items():
        if key.endswith("EventDetails"):
            return value
    return {}


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def state_of(event, by_id):
    """The state an attempt belongs to: the last one entered on the way to it."""
    while not kind(event).endswith("StateEntered"):
        event = by_id[event["previousEventId"]]
    return details(event)["name"]


def outcome_of(scheduled, followers):
    """One attempt's line of the script, from the events that follow its ...Scheduled."""
    outcome, event = {"timeout": True}, scheduled
    while event is not None:
        name, more = kind(event), details(event)
        if name == "TaskSubmitted":
            outcome["submitted"] = json.loads(as_text(more["output"]))
        elif name == "ActivityStarted" and "workerName" in more:
            outcome["worker"] = more["workerName"]
        elif name.endswith("Succeeded"):
            outcome.update(output_text=as_text(more["output"]), delay_s=event["id"] / 1000)
            del outcome["timeout"]
            break
        elif name.endswith("Failed"):
            outcome.update({k: as_text(more[k]) for k in ("error", "cause") if k in more},
                           failed=True, delay_s=event["id"] / 1000)
            del outcome["timeout"]
            break
        elif name.endswith("TimedOut"):
            break
        event = next((f for f in followers.get(event["id"], []) if kind(f).startswith(TASK_EVENTS)
                      and not kind(f).startswith("TaskState")), None)
    if scheduled["type"].startswith("Activity") and event is scheduled:
        outcome["no_worker"] = True
    return outcome


def script_of(events):
    if any(type(e.get("id")) is not int for e in events):
        raise Skip("its events were recorded without numbers")
    by_id, followers, script = {e["id"]: e for e in events}, {}, {}
    for event in events:
        followers.setdefault(event["previousEventId"], []).append(event)
    for event in events:
        if kind(event) in ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"):
            script.setdefault(state_of(event, by_id), []).append(outcome_of(event, followers))
    return script


def suits(data):
    """The recorded events, or Skip."""
    calls, histories = [], []
    # Workers in the background do not count: the history tells what they did.
    for step in data["steps"]:
        if "api" in step:
            raise Skip("needs a REST API")
        if "call" in step:
            calls.append(step["call"].split(".")[-1])
            if not step["call"].startswith("stepfunctions."):
                calls.pop()
                continue
            if calls[-1] == "GetExecutionHistory" and "expect" in step:
                histories.append(step["expect"])
    once = calls.count("CreateStateMachine") == calls.count("StartExecution") == len(histories) == 1
    if not once:
        raise Skip("not one machine, one execution, one history")
    if set(calls) - ANSWERED:
        raise Skip("calls %s" % sorted(set(calls) - ANSWERED)[0])
    events = histories[0].get("events") if isinstance(histories[0], dict) else None
    if not isinstance(events, list):
        raise Skip("its history has no events")
    if any(kind(e).startswith("MapRun") for e in events):
        raise Skip("runs a distributed Map")
    return events


# -- a server of a few lines -----------------------------------------------------------------------

class Functions:
    def add_function(self, name, path):
        pass

    def delete_function(self, name):
        pass


def run_tool(request):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(request, file)
        file.flush()
        done = subprocess.run([TOOL, file.name], capture_output=True, text=True, timeout=120,
                              check=False)
    if done.returncode != 0:
        raise RuntimeError("run-history: exit status %d: %s" % (done.returncode,
                                                                done.stderr[-2000:]))
    return json.loads(done.stdout)


def make_case(run, matcher, clients):
    class Case(run.Case):
        """One case, whose calls are answered here."""

        def call(self, service, op, payload, account=None, region=None):
            answer = getattr(self, op) if service == "stepfunctions" else self.other
            out = answer(payload)
            out["ResponseMetadata"] = {"HTTPStatusCode": 200}
            return matcher.from_wire(out), []

        def other(self, payload):
            """Another service's answer, as far as definitions and placeholders use it."""
            name = payload.get("QueueName") or payload.get("Name") or "name"
            return {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/" + name,
                    "Attributes": {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:" + name},
                    "TopicArn": "arn:aws:sns:us-east-1:123456789012:" + name,
                    "logGroups": [{"arn": "arn:aws:logs:us-east-1:123456789012:log-group:" + name}]}

        def step(self, step):
            if set(step) & {"call", "wait"}:
                super().step(step)

        def CreateActivity(self, payload):
            return {"activityArn": PREFIX + "activity:" + payload["name"],
                    "creationDate": time.time()}

        def CreateStateMachine(self, payload):
            self.machine = payload
            return {"stateMachineArn": PREFIX + "stateMachine:" + payload["name"],
                    "creationDate": time.time()}

        def StartExecution(self, payload):
            name = payload.get("name") or self.uuid(99)
            machine = self.machine["name"]
            execution = "execution:%s:%s" % (machine, name)
            self.answer = run_tool({
                "definition": self.machine["definition"], "input": payload.get("input", "{}"),
                "script": self.script, "now_ms": int(time.time() * 1000),
                "type": self.machine.get("type"),
                "names": {"id": PREFIX + execution, "name": name, "machine_name": machine,
                          "machine_id": PREFIX + "stateMachine:" + machine,
                          "role_arn": self.machine["roleArn"]}})
            if "refused" in self.answer:
                raise run.CaseError("the definition is refused: %s" % self.answer["refused"])
            return {"executionArn": PREFIX + execution, "startDate": time.time()}

        def GetExecutionHistory(self, payload):
            events = self.answer["events"]
            return {"events": events[::-1] if payload.get("reverseOrder") else events}

        def DescribeExecution(self, payload):
            return {"status": self.answer["status"], "executionArn": payload["executionArn"]}

        def DescribeStateMachineForExecution(self, payload):
            return {}

        DescribeStateMachine = DescribeStateMachineForExecution

        def compare(self):
            self.checks = [c for c in self.checks if c[3] == "GetExecutionHistory"]
            super().compare()

    return Case


def play(case_class, run, args, data):
    """(status, differences): pass, fail or skip."""
    try:
        events = suits(data)
        script = script_of(events)
    except Skip as why:
        return "skip", [str(why)]
    case = case_class(run.Run(args, [data]), data)
    case.run.emulator = Functions()
    case.script = script
    try:
        return ("pass", []) if case.execute() else ("fail", case.diffs)
    except Exception as error:  # the tool crashed, say
        return "fail", ["%s: %s" % (type(error).__name__, error)]


# -- all of them -----------------------------------------------------------------------------------

def read_known():
    known = {}
    if os.path.exists(KNOWN):
        with open(KNOWN, encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    name, _, reason = line.rstrip("\n").partition("\t")
                    known[name] = reason
    return known


def report(results, known, verbose):
    counts = {"pass": 0, "fail": 0, "skip": 0}
    for data, (status, diffs) in results:
        listed = data["id"] in known
        if status == "pass" and listed:
            print("CURED %s: take it out of %s" % (data["id"], os.path.relpath(KNOWN, ROOT)))
            counts["fail"] += 1
        elif status == "fail" and not listed:
            print("FAIL  %s" % data["id"], *diffs[:8], sep="\n      ")
            counts["fail"] += 1
        elif status == "fail":
            counts["skip"] += 1
            if verbose:
                print("KNOWN %s (%s)" % (data["id"], known[data["id"]]), *diffs[:8], sep="\n      ")
        else:
            counts[status] += 1
    print("%d passed, %d failed, %d skipped" % (counts["pass"], counts["fail"], counts["skip"]))
    return 1 if counts["fail"] else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true")
    parser.add_argument("filters", nargs="*")
    options = parser.parse_args()
    if not os.path.isdir(SHARED) or not os.path.exists(TOOL):
        print("skip: %s is not there" % (SHARED if not os.path.isdir(SHARED) else TOOL))
        print("0 passed, 0 failed, 1 skipped")
        return 0
    sys.path.insert(0, SHARED)
    import clients
    import matcher
    import run
    args = argparse.Namespace(timeout=5, strict=False, strict_order=False, keep=True, seed="1",
                              skips="environment", region="us-east-1", account="123456789012",
                              secondary_account=None, known_failures=None)
    cases = run.load_cases([os.path.join(SHARED, "cases")], None)
    cases = [c for c in cases if not options.filters or any(f in c["id"] for f in options.filters)]
    case_class = make_case(run, matcher, clients)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(lambda data: (data, play(case_class, run, args, data)), cases))
    return report(results, read_known(), options.v)


if __name__ == "__main__":
    sys.exit(main())
