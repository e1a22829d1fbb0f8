#!/usr/bin/env python3
"""kill -9 of the server at random moments, under load, and what must be true afterwards.

    server_crash.py [--kills N] [--seed N]        CRASH_KILLS and CRASH_SEED say the same

Several clients keep executions of mixed machines going: passes, waits, activities, callbacks,
nested executions, Lambda functions (an HTTP endpoint in here, which counts) and all of them in
parallel. The server is killed and started again on the same data. No claim depends on how fast
anything was:

  * a start that was answered is there, once
  * a history only ever grows: what was seen before is how it begins, ids without gap or double
  * no attempt of a task ran twice; one that was cut off failed with its cause, and was made again
    only where the state's Retry says so
  * what SendTaskSuccess or StopExecution acknowledged is in the history
  * everything ends as its machine says, or by that cause
"""

import argparse
import collections
import http.server
import json
import os
import queue
import random
import re
import tempfile
import threading
import time

from cli_check import claim, finish
from server_process import LAMBDA, SANITIZED, STATES, ApiError, Client, Gone, Server, \
    create_machine, free_port

RUNNING_MAX = 60 if SANITIZED else 250
END_SECONDS = 300 if SANITIZED else 90  # for all to end after the last start; a hang takes longer
CUT_OFF = "The server stopped while this task was running"
AGAIN = [{"ErrorEquals": ["States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"],
          "IntervalSeconds": 1, "MaxAttempts": 1000, "BackoffRate": 1.0}]
ACTIVITY = STATES + "activity:work"

# --- Machines -------------------------------------------------------------------------------------


def chain(states, **fields):
    names = list(states)
    for name, following in zip(names, names[1:] + [None]):
        states[name].update({"Next": following} if following else {"End": True})
    return dict({"StartAt": names[0], "States": states}, **fields)


def function(state, name="work", **fields):
    """A Lambda task that tells the endpoint which attempt it is."""
    return dict({"Type": "Task", "Resource": LAMBDA + name,
                 "Parameters": {"execution.$": "$$.Execution.Id", "state": state,
                                "retry.$": "$$.State.RetryCount"},
                 "ResultPath": f"$.{state}"}, **fields)


def activity(**fields):
    return dict({"Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 6, "ResultPath": "$.act",
                 "Retry": AGAIN}, **fields)


def callback(state, **fields):
    return dict({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                 "Parameters": {"FunctionName": LAMBDA + "ask",
                                "Payload": {"execution.$": "$$.Execution.Id", "state": state,
                                            "retry.$": "$$.State.RetryCount",
                                            "token.$": "$$.Task.Token"}},
                 "ResultPath": f"$.{state}"}, **fields)


def nested(child, pattern, **fields):
    return dict({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution" + pattern,
                 "Parameters": {"StateMachineArn": STATES + "stateMachine:" + child,
                                "Input": {"wait.$": "$.wait", "n.$": "$.n"}},
                 "ResultPath": "$.nested"}, **fields)


WAIT = {"Type": "Wait", "SecondsPath": "$.wait"}
MAP = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": "$.map",
       "Iterator": chain({"E": {"Type": "Task", "Resource": LAMBDA + "work", "Retry": AGAIN}}),
       "Parameters": {"execution.$": "$$.Execution.Id", "state": "E",
                      "item.$": "$$.Map.Item.Index"}}

RUN = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": "$.run",
       "ItemProcessor": dict(chain({"R": function("R", Retry=AGAIN, ResultPath="$.r"),
                                    "V": dict(WAIT, SecondsPath="$.wait")}),
                             ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}),
       "ItemSelector": {"item.$": "$$.Map.Item.Value", "wait.$": "$.wait"}}

MACHINES = {
    "passes": chain({f"P{i}": {"Type": "Pass"} for i in range(10)}),
    "waits": chain({"A": {"Type": "Pass"}, "W": dict(WAIT), "V": dict(WAIT)}),
    "plain": chain({"L": function("L"), "M": function("M")}),
    "retried": chain({"L": function("L", Retry=AGAIN), "W": dict(WAIT),
                      "M": function("M", "flaky", Retry=AGAIN)}),
    "caught": chain({"L": function("L", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "M",
                                                "ResultPath": "$.error"}]),
                     "M": {"Type": "Pass"}}),
    "works": chain({"A": activity(), "B": {"Type": "Pass"}}),
    "beats": chain({"A": activity(HeartbeatSeconds=3)}),
    "asks": chain({"C": callback("C")}),
    "asks_again": chain({"C": callback("C", Retry=AGAIN)}),
    "parent": chain({"N": nested("retried", ".sync:2"), "P": {"Type": "Pass"}}),
    "fires": chain({"N": nested("waits", "")}),
    "parallel": chain({"All": {"Type": "Parallel", "ResultPath": "$.all", "Branches": [
        chain({"X": function("X", Retry=AGAIN)}), chain({"Y": dict(WAIT)}),
        chain({"Z": activity()}), chain({"N": nested("waits", ".sync")})]}}),
    "maps": chain({"Each": MAP}),
    "runs": chain({"Each": RUN}),  # children of a Map Run are executions of their own
    "late": chain({"W": {"Type": "Wait", "Seconds": 1000}}, TimeoutSeconds=2),
    "stopped": chain({"W": {"Type": "Wait", "Seconds": 100000}}),
}
EXPECTED = {"late": "TIMED_OUT", "stopped": "ABORTED"}  # the others succeed
MAY_BE_CUT_OFF = {"plain", "asks"}                      # nothing retries or catches there

# --- The functions --------------------------------------------------------------------------------


class Functions:
    """Answers invocations like the Lambda service, and counts them by attempt."""

    def __init__(self, seed):
        self.counts, self.lock = collections.Counter(), threading.Lock()
        self.tokens, self.chance = queue.Queue(), random.Random(seed)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name = re.search(r"/functions/([^/]+)/", self.path).group(1)
                self.answer(*outer.run(name.split("%3A")[-1].split(":")[-1], event))

            def answer(self, failed, value):
                body = json.dumps(value).encode()
                try:
                    self.send_response(200)
                    if failed:
                        self.send_header("X-Amz-Function-Error", "Unhandled")
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the server was killed meanwhile

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 256

            def handle_error(self, *_):
                pass

        self.port = free_port()
        self.server = Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, name, event):
        # An inline Map's iterations are not told which attempt they are: counted by item, below.
        key = (event["execution"], event["state"], event.get("item"), event.get("retry"))
        with self.lock:
            self.counts[key] += 1
            delay = self.chance.choice([0, 0, 0.005, 0.05, 0.2])
        time.sleep(delay)
        if name == "ask":
            self.tokens.put(event)
        if name == "flaky" and event["retry"] == 0:
            return True, {"errorType": "Flaky", "errorMessage": "the first time"}
        return False, {"ran": event["state"]}


# --- The clients ----------------------------------------------------------------------------------


class World:
    """What the clients know: what was asked for, and what was answered."""

    def __init__(self, server, functions, seed):
        self.server, self.functions, self.seed = server, functions, seed
        self.lock = threading.Lock()
        self.started = {}    # ARN -> (machine, input)
        self.open = set()    # ARNs that have not been seen to end
        self.seen = {}       # ARN -> the longest history seen
        self.sent = []       # (ARN or None, output) of acknowledged SendTaskSuccess
        self.stops = {}      # ARN -> an acknowledged StopExecution
        self.faults = []     # what clients were told that must not be
        self.starting, self.working = True, True
        self.number = 0

    def fault(self, text):
        with self.lock:
            self.faults.append(text)

    def start_one(self, client, chance):
        machine = chance.choice(list(MACHINES))
        with self.lock:
            self.number += 1
            name = f"{machine}-{self.number}"
        given = json.dumps({"n": self.number, "wait": chance.choice([0, 1, 1, 2]),
                            "items": [1, 2, 3]})
        arn = f"{STATES}execution:{machine}:{name}"
        try:
            answer = client.patiently("StartExecution", name=name, input=given,
                                      stateMachineArn=STATES + "stateMachine:" + machine)
            if answer["executionArn"] != arn:
                self.fault(f"{answer} is not {arn}")
        except ApiError as error:
            # It had started before the kill, and ended before we asked again.
            if error.name != "ExecutionAlreadyExists":
                self.fault(f"StartExecution {name}: {error}")
        with self.lock:
            self.started[arn] = (machine, given)
            self.open.add(arn)

    def run_starter(self, number):
        client, chance = Client(self.server), random.Random(f"{self.seed} start {number}")
        while self.starting:
            if len(self.open) < RUNNING_MAX:
                self.start_one(client, chance)
            else:
                time.sleep(0.01)

    def run_worker(self, number):
        client, chance = Client(self.server), random.Random(f"{self.seed} work {number}")
        while self.working:
            try:
                task = client.call("GetActivityTask", activityArn=ACTIVITY, workerName=f"w{number}")
            except (Gone, ApiError):
                time.sleep(0.02)
                continue
            if task.get("taskToken"):
                time.sleep(chance.choice([0, 0, 0.01, 0.1]))
                self.send(client, chance, task["taskToken"], None)

    def run_caller_back(self, number):
        client, chance = Client(self.server), random.Random(f"{self.seed} call {number}")
        while self.working:
            try:
                event = self.functions.tokens.get(timeout=0.2)
            except queue.Empty:
                continue
            self.send(client, chance, event["token"], event["execution"])

    def send(self, client, chance, token, arn):
        output = {"answer": f"{chance.getrandbits(64):016x}"}
        try:
            if chance.random() < 0.2:
                client.patiently("SendTaskHeartbeat", taskToken=token)
            client.patiently("SendTaskSuccess", taskToken=token, output=json.dumps(output))
            with self.lock:
                self.sent.append((arn, output["answer"]))
        except (ApiError, Gone) as error:
            # The attempt is over: it timed out or was cut off, or this very answer had arrived.
            if isinstance(error, ApiError) and error.name != "TaskTimedOut":
                self.fault(f"SendTaskSuccess: {error}")

    def look(self, client, arn):
        """Reads a history and compares it with what was seen before."""
        history = client.pages("GetExecutionHistory", "events", executionArn=arn, maxResults=1000)
        with self.lock:
            before = self.seen.get(arn, [])
            shared = min(len(before), len(history))
            if before[:shared] != history[:shared]:
                self.faults.append(f"{arn} was {before} and became {history}")
            if len(history) >= len(before):
                self.seen[arn] = history
        return history

    def run_observer(self, number):
        client, chance = Client(self.server), random.Random(f"{self.seed} look {number}")
        while self.working:
            with self.lock:
                arns = list(self.open)
            for arn in chance.sample(arns, min(len(arns), 20)):
                self.observe(client, chance, arn)
            time.sleep(0.02)

    def observe(self, client, chance, arn):
        try:
            machine = self.started[arn][0]
            if machine == "stopped" and arn not in self.stops and chance.random() < 0.3:
                client.patiently("StopExecution", executionArn=arn, error="Enough", cause=arn)
                self.stops[arn] = True
            self.look(client, arn)
            status = client.patiently("DescribeExecution", executionArn=arn)["status"]
        except ApiError as error:
            self.fault(f"{arn}: {error}")
            return
        if status != "RUNNING":
            with self.lock:
                self.open.discard(arn)


# --- The audit ------------------------------------------------------------------------------------


def details(event):
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})


def check_shape(events):
    """Why these events can't be a history; None: they can."""
    if [event["id"] for event in events] != list(range(1, len(events) + 1)):
        return "ids with a gap or a double"
    if any(event["previousEventId"] >= event["id"] for event in events):
        return "an event before its cause"
    stamps = [event["timestamp"] for event in events]
    if stamps != sorted(stamps):
        return "time went back"
    types = [event["type"] for event in events]
    ends = [kind for kind in types
            if re.match("Execution(Succeeded|Failed|Aborted|TimedOut)", kind)]
    if types[0] != "ExecutionStarted" or len(ends) != 1 or types[-1] != ends[0]:
        return "it does not begin or end as it should"
    return None


class Audit:
    def __init__(self, world, client):
        self.world, self.client = world, client
        self.wrong = collections.defaultdict(list)
        self.histories, self.cut_off = {}, 0

    def check(self, name, ok, detail):
        self.wrong[name]  # that it was looked at
        if not ok:
            self.wrong[name].append(detail)

    def one(self, arn, machine, given):
        row = self.client.patiently("DescribeExecution", executionArn=arn)
        events = self.histories[arn] = self.world.look(self.client, arn)
        shape = check_shape(events)
        cuts = [event for event in events if CUT_OFF in details(event).get("cause", "")]
        self.cut_off += len(cuts)
        self.check("a history is whole", shape is None, f"{arn}: {shape}")
        self.check("the input is the one that was acknowledged", row["input"] == given, row)
        expected = EXPECTED.get(machine, "SUCCEEDED")
        fine = row["status"] == expected
        if machine in MAY_BE_CUT_OFF and row["status"] == "FAILED":
            fine = CUT_OFF in row.get("cause", "")
        self.check("everything ends as expected", fine, f"{row} {events[-4:]}")

    def attempts(self):
        """What the functions counted, against the histories."""
        for key, count in self.world.functions.counts.items():
            arn, state, item, _ = key
            if item is None:
                self.check("no attempt ran twice", count == 1, f"{key}: {count} times")
                continue
            # An item of a Map may run again by its Retry, once for each attempt that was cut off.
            cuts = sum(CUT_OFF in details(event).get("cause", "")
                       for event in self.history(arn) if event["type"] == "LambdaFunctionFailed")
            self.check("no attempt ran twice", count <= 1 + cuts,
                       f"{key}: {count} times, {cuts} cut off")
        by_execution = collections.Counter()
        for (arn, _, _, _), count in self.world.functions.counts.items():
            by_execution[arn] += count
        for arn, count in by_execution.items():
            scheduled = sum(event["type"] == "LambdaFunctionScheduled" or
                            details(event).get("resourceType") == "lambda" and
                            event["type"] == "TaskScheduled" for event in self.history(arn))
            self.check("no function ran that its history does not show", count <= scheduled,
                       f"{arn}: {count} runs, {scheduled} scheduled")

    def history(self, arn):
        if arn not in self.histories:  # a nested execution
            self.histories[arn] = self.world.look(self.client, arn)
        return self.histories[arn]

    def acknowledged(self):
        answers = set(re.findall(r'\\?"answer\\?":\s*\\?"([0-9a-f]{16})', json.dumps(
            [event for events in self.histories.values() for event in events
             if event["type"] in ("ActivitySucceeded", "TaskSucceeded")])))
        for arn, answer in self.world.sent:
            self.check("no acknowledged SendTaskSuccess is lost", answer in answers,
                       f"{arn}: {answer}")
        for arn in self.world.stops:
            self.check("no acknowledged StopExecution is lost", self.histories[arn][-1]["type"] ==
                       "ExecutionAborted", arn)

    def listed(self):
        found = collections.Counter()
        for machine in MACHINES:
            for row in self.client.pages("ListExecutions", "executions", maxResults=100,
                                         stateMachineArn=STATES + "stateMachine:" + machine):
                found[row["executionArn"]] += 1
        for arn in self.world.started:
            self.check("every acknowledged start is listed once", found[arn] == 1,
                       f"{arn}: {found[arn]} times")
        for arn, count in found.items():
            self.check("nothing is listed twice", count == 1, f"{arn}: {count} times")
        return found

    def children(self, found):
        """Nested executions: one for each attempt of a parent, started by nobody else."""
        strangers = set(found) - set(self.world.started)
        named = re.findall(r'"(arn:aws:states:[^"\\]*:execution:[^"\\]*)', json.dumps(
            [event for arn in self.world.started for event in self.histories[arn]
             if event["type"] in ("TaskSubmitted", "TaskSucceeded")]).replace('\\"', '"'))
        for arn in strangers:
            self.check("every nested execution has its parent", arn in named, arn)
            row = self.ended(arn)
            self.check("every nested execution ends", row["status"] == "SUCCEEDED", row)

    def ended(self, arn):
        """The row of an execution that nobody waited for: a parent that fires and forgets ends
        before its child."""
        deadline = time.monotonic() + END_SECONDS
        while True:
            row = self.client.patiently("DescribeExecution", executionArn=arn)
            if row["status"] != "RUNNING" or time.monotonic() > deadline:
                return row
            time.sleep(0.1)

    def run(self):
        for arn, (machine, given) in self.world.started.items():
            try:
                self.one(arn, machine, given)
            except ApiError as error:
                self.check("every acknowledged start is there", False, f"{arn}: {error}")
        self.attempts()
        found = self.listed()
        self.children(found)
        self.acknowledged()
        for name, wrong in self.wrong.items():
            claim(name, not wrong, f"{len(wrong)} times, such as\n     " + "\n     ".join(
                str(detail)[:3000] for detail in wrong[:3]))


# --- The whole ------------------------------------------------------------------------------------


def prepare(server):
    client = Client(server)
    client.call("CreateActivity", name="work")
    for name, definition in MACHINES.items():
        create_machine(client, name, definition)
    client.close()


def set_going(world):
    roles = [(world.run_starter, 4), (world.run_worker, 6), (world.run_caller_back, 2),
             (world.run_observer, 2)]
    threads = [threading.Thread(target=run, args=(number,), daemon=True)
               for run, count in roles for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def kill_often(world, kills, chance):
    for _ in range(kills):
        time.sleep(chance.choice([0.3, 1, 2, 3, 4]) * chance.random())
        world.server.kill()
        world.server.start()
    time.sleep(1)


def wait_for_ends(world):
    world.starting = False
    deadline = time.monotonic() + END_SECONDS
    while world.open and time.monotonic() < deadline:
        time.sleep(0.1)
    claim("everything ends", not world.open, [
        (arn, [event["type"] for event in world.seen.get(arn, [])][-3:])
        for arn in list(world.open)[:5]])


def read_options():
    quick = 3 if SANITIZED else 8
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=int(os.environ.get("CRASH_KILLS", quick)))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CRASH_SEED", "0")) or
                        random.SystemRandom().getrandbits(32))
    return parser.parse_args()


def main():
    options = read_options()
    print(f"{options.kills} kills, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        functions = Functions(options.seed)
        server = Server(os.path.join(folder, "data"), "--lambda-endpoint",
                        f"http://127.0.0.1:{functions.port}").start()
        try:
            prepare(server)
            world = World(server, functions, options.seed)
            threads = set_going(world)
            kill_often(world, options.kills, random.Random(options.seed))
            wait_for_ends(world)
            world.working = False
            audit = Audit(world, Client(server))
            audit.run()
            claim("nobody was told what must not be", not world.faults, world.faults[:3])
            claim("the server did not complain", not server.complaint(), server.complaint())
            print(f"{len(world.started)} executions, {sum(functions.counts.values())} calls, "
                  f"{len(world.sent)} answers, {audit.cut_off} attempts cut off")
            for thread in threads:
                thread.join(0.2)
        finally:
            server.kill()
    finish()


if __name__ == "__main__":
    main()
