#!/usr/bin/env python3
"""Distributed Map: Map Runs, their children, readers and writers, over restarts and redrives.

S3 is a server in here that speaks as much of it as readers and writers use.
"""

import gzip
import http.server
import json
import os
import tempfile
import threading
import time
import urllib.parse

from cli_check import claim, finish
from server_process import STATES, ApiError, Client, Server, create_machine, free_port

FOLDER = tempfile.TemporaryDirectory()
ACTIVITY = STATES + "activity:work"

# --- S3 -------------------------------------------------------------------------------------------


class Bucket:
    """Objects by key; GET, PUT and a listing of two a page."""

    def __init__(self):
        self.objects, self.port = {}, free_port()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                key = urllib.parse.unquote(url.path).split("/", 2)[2:]
                if "list-type" in query:
                    self.answer(200, outer.listing(query))
                elif key and key[0] in outer.objects:
                    self.answer(200, outer.objects[key[0]])
                else:
                    self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>The specified key does "
                                     b"not exist.</Message><RequestId>R</RequestId></Error>")

            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.objects[urllib.parse.unquote(self.path.split("?")[0]).split("/", 2)[2]] = body
                self.answer(200, b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def listing(self, query):
        keys = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")))
        at = int(query.get("continuation-token", "0"))
        more = at + 2 < len(keys)
        items = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified>"
            f"<ETag>&quot;e&quot;</ETag><Size>{len(self.objects[key])}</Size>"
            f"<StorageClass>STANDARD</StorageClass></Contents>" for key in keys[at:at + 2])
        token = f"<NextContinuationToken>{at + 2}</NextContinuationToken>" if more else ""
        return (f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{items}{token}"
                "</ListBucketResult>").encode()


# --- Machines -------------------------------------------------------------------------------------

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
WORK = {"StartAt": "W", "States": {"W": {"Type": "Task", "Resource": ACTIVITY, "End": True}}}
FAIL_ODD = {"StartAt": "C", "States": {
    "C": {"Type": "Choice", "Default": "P", "Choices": [
        {"Or": [{"Variable": "$", "NumericEquals": n} for n in (1, 3)], "Next": "F"}]},
    "F": {"Type": "Fail", "Error": "Odd", "Cause": "it is"}, "P": {"Type": "Pass", "End": True}}}


def distributed(processor, kind="STANDARD", **fields):
    inner = dict(processor, ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": kind})
    return {"StartAt": "M", "States": {"M": dict(
        {"Type": "Map", "ItemProcessor": inner, "End": True}, **fields)}}


def reader(resource, config, **arguments):
    return {"Resource": f"arn:aws:states:::s3:{resource}", "ReaderConfig": config,
            "Parameters": dict({"Bucket": "b"}, **arguments)}


class World:
    def __init__(self):
        self.bucket, self.number = Bucket(), 0
        self.server = Server(os.path.join(FOLDER.name, "data"), env={
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{self.bucket.port}"}).start()
        self.client = Client(self.server)

    def begin(self, definition, value=None):
        self.number += 1
        machine = create_machine(self.client, f"m{self.number}", definition)
        return self.client.call("StartExecution", stateMachineArn=machine,
                                input=json.dumps(value))["executionArn"]

    def row(self, execution):
        return self.client.patiently("DescribeExecution", executionArn=execution)

    def until(self, execution, status=None):
        for _ in range(1500):
            row = self.row(execution)
            if row["status"] == status or (status is None and row["status"] != "RUNNING"):
                break
            time.sleep(0.02)
        return row

    def run(self, definition, value=None):
        return self.until(self.begin(definition, value))

    def output(self, definition, value=None):
        row = self.run(definition, value)
        return json.loads(row["output"]) if "output" in row else (row.get("error"), row.get("cause"))

    def map_run(self, execution):
        runs = self.client.patiently("ListMapRuns", executionArn=execution)["mapRuns"]
        return self.client.patiently("DescribeMapRun", mapRunArn=runs[-1]["mapRunArn"])

    def children(self, execution, **members):
        arn = self.map_run(execution)["mapRunArn"]
        return self.client.pages("ListExecutions", "executions", mapRunArn=arn, **members)

    def types(self, execution):
        events = self.client.pages("GetExecutionHistory", "events", executionArn=execution)
        return [event["type"] for event in events]

    def take(self):
        task = {}
        while "taskToken" not in task:
            task = self.client.patiently("GetActivityTask", activityArn=ACTIVITY)
        return task


# --- The claims -----------------------------------------------------------------------------------


def test_children(world):
    execution = world.begin(distributed(PASS, Label="Each"), list(range(700)))
    row = world.until(execution)
    claim("the results stand in the order of the items", json.loads(row["output"]) ==
          list(range(700)), row)
    claim("the history is AWS's", world.types(execution) == [
        "ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapRunStarted",
        "MapRunSucceeded", "MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"])
    children = world.children(execution, maxResults=100)
    claim("each item has a child", len({child["name"] for child in children}) == 700)
    claim("a child is one of the Map Run", all(":execution:" in c["executionArn"] and "/Each:" in
          c["executionArn"] and c["itemCount"] == 1 for c in children), children[0])
    child = world.row(children[0]["executionArn"])
    claim("a child can be described", child["input"] == "699" and "/Each:" in child["mapRunArn"],
          child)
    claim("a child has a history of its own", world.types(children[0]["executionArn"])[0] ==
          "ExecutionStarted")
    of = world.client.call("DescribeStateMachineForExecution",
                           executionArn=children[0]["executionArn"])
    claim("DescribeStateMachineForExecution knows the Map Run",
          of["label"] == "Each" and of["mapRunArn"] == child["mapRunArn"], of)
    machine = row["stateMachineArn"]
    listed = world.client.call("ListExecutions", stateMachineArn=machine)["executions"]
    claim("children are not listed with the machine's executions", len(listed) == 1, listed)
    counts = world.map_run(execution)
    claim("DescribeMapRun counts", counts["itemCounts"]["succeeded"] == 700 and
          counts["executionCounts"]["total"] == 700 and counts["status"] == "SUCCEEDED", counts)
    empty = world.run(distributed(PASS), [])
    claim("no items, no children", empty["output"] == "[]", empty)


def test_express(world):
    execution = world.begin(distributed(PASS, "EXPRESS"), [1, 2])
    world.until(execution)
    child = world.children(execution)[0]["executionArn"]
    claim("an express child has an express ARN", ":express:m" in child and
          world.row(child)["input"] == "2", child)


def test_nested(world):
    inner = {"StartAt": "I", "States": {"I": distributed(
        PASS, ItemsPath="$.inner")["States"]["M"]}}
    execution = world.begin(distributed(inner), [{"inner": [1, 2]}, {"inner": [3]}])
    claim("a child may have a Map Run", json.loads(world.until(execution)["output"]) ==
          [[1, 2], [3]])
    child = world.children(execution)[0]["executionArn"]
    claim("it is the child's", world.map_run(child)["itemCounts"]["total"] == 1)


def test_batches(world):
    value = world.output(distributed(PASS, ItemBatcher={
        "MaxItemsPerBatch": 2, "BatchInput": {"by.$": "$.by"}}, ItemsPath="$.items"),
        {"by": "me", "items": [1, 2, 3]})
    claim("ItemBatcher", value == [{"BatchInput": {"by": "me"}, "Items": [1, 2]},
                                   {"BatchInput": {"by": "me"}, "Items": [3]}], value)
    value = world.output(distributed(PASS, ItemBatcher={"MaxInputBytesPerBatch": 40}),
                         ["0123456789" * 2] * 3)
    claim("by bytes", [len(batch["Items"]) for batch in value] == [1, 1, 1], value)
    value = world.output(distributed(PASS, ItemSelector={
        "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"}), ["a", "b"])
    claim("ItemSelector", value == [{"i": 0, "v": "a"}, {"i": 1, "v": "b"}], value)


def test_failures(world):
    execution = world.begin(distributed(FAIL_ODD), [0, 1, 2])
    row = world.until(execution)
    claim("no failure is tolerated", row["error"] == "States.ExceedToleratedFailureThreshold" and
          row["cause"] == "The specified tolerated failure threshold was exceeded", row)
    claim("its history", world.types(execution)[-3:] == [
        "MapRunFailed", "MapStateFailed", "ExecutionFailed"], world.types(execution))
    claim("the Map Run has failed", world.map_run(execution)["status"] == "FAILED")
    value = world.output(distributed(FAIL_ODD, ToleratedFailureCount=1), [0, 1, 2])
    claim("unless it is allowed", value[0] == 0 and value[2] == 2 and value[1]["Error"] == "Odd" and
          value[1]["Status"] == "FAILED", value)
    error = world.output(distributed(FAIL_ODD, ToleratedFailureCount=1), [0, 1, 3])[0]
    claim("and no more than that", error == "States.ExceedToleratedFailureThreshold", error)
    value = world.output(distributed(FAIL_ODD, ToleratedFailurePercentage=50), [0, 1, 2, 3])
    claim("a percentage", isinstance(value, list), value)
    caught = distributed(FAIL_ODD, Catch=[
        {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Caught"}])
    caught["States"]["Caught"] = {"Type": "Pass", "Result": "caught", "End": True}
    value = world.output(caught, [1])
    claim("it can be caught", value == "caught", value)
    value = world.output(distributed(PASS, ToleratedFailureCountPath="$.n", ItemsPath="$.i"),
                         {"n": "x", "i": []})
    claim("a tolerance that is no number", value[0] == "States.Runtime" and
          "not a valid integer" in value[1], value)
    long = {"StartAt": "L", "States": {"L": {"Type": "Pass", "End": True, "Parameters": {
        "a.$": "$", "b.$": "$"}}}}
    value = world.output(distributed(long), ["x" * 100000, "y" * 100000])
    claim("too large a result", value[0] == "States.DataLimitExceeded", value)


def test_running(world):
    """Concurrency, UpdateMapRun, StopExecution."""
    execution = world.begin(distributed(WORK, MaxConcurrency=2), list(range(6)))
    tasks = [world.take(), world.take()]
    counts = world.map_run(execution)["executionCounts"]
    claim("MaxConcurrency holds", counts["running"] == 2 and counts["pending"] == 4, counts)
    arn = world.map_run(execution)["mapRunArn"]
    world.client.call("UpdateMapRun", mapRunArn=arn, maxConcurrency=3, toleratedFailureCount=1)
    tasks.append(world.take())
    described = world.map_run(execution)
    claim("UpdateMapRun", described["maxConcurrency"] == 3 and
          described["toleratedFailureCount"] == 1 and
          described["executionCounts"]["running"] == 3, described)
    world.client.call("SendTaskFailure", taskToken=tasks.pop()["taskToken"], error="E")
    tasks.append(world.take())
    claim("a tolerated failure", world.row(execution)["status"] == "RUNNING")
    world.client.call("StopExecution", executionArn=execution)
    described = world.map_run(execution)
    claim("stopping stops the Map Run", described["status"] == "ABORTED" and
          described["executionCounts"]["aborted"] == 3, described)
    claim("with its children", sorted(c["status"] for c in world.children(execution)) ==
          ["ABORTED"] * 3 + ["FAILED"])
    try:
        world.client.call("UpdateMapRun", mapRunArn=arn, maxConcurrency=3)
        refused = None
    except ApiError as error:
        refused = error.name
    claim("it cannot be updated any more", refused == "ValidationException", refused)
    try:
        world.client.call("DescribeMapRun", mapRunArn=arn[:-1] + ("0" if arn[-1] != "0" else "1"))
        refused = None
    except ApiError as error:
        refused = error.name
    claim("another ARN is none", refused == "ResourceNotFound", refused)


def test_restart(world):
    execution = world.begin(distributed(WORK, MaxConcurrency=3), list(range(8)))
    for _ in range(2):
        task = world.take()
        world.client.call("SendTaskSuccess", taskToken=task["taskToken"],
                          output=json.dumps(int(task["input"]) * 10))
    held = world.take()  # with a worker when the server dies
    before = {child["executionArn"] for child in world.children(execution)}
    world.server.kill()
    world.server.start()
    claim("children go on after kill -9", before <=
          {child["executionArn"] for child in world.children(execution)})
    world.client.call("SendTaskSuccess", taskToken=held["taskToken"],
                      output=json.dumps(int(held["input"]) * 10))
    for _ in range(5):
        task = world.take()
        world.client.call("SendTaskSuccess", taskToken=task["taskToken"],
                          output=json.dumps(int(task["input"]) * 10))
    row = world.until(execution)
    claim("nothing is lost", json.loads(row.get("output", "0")) == [n * 10 for n in range(8)], row)
    claim("nothing ran twice", len(world.children(execution)) == 8)


def test_redrive(world):
    execution = world.begin(distributed(WORK, MaxConcurrency=1, ToleratedFailureCount=1),
                            list(range(4)))
    for answer in ("ok", "no", "ok", "no"):
        task = world.take()
        if answer == "ok":
            world.client.call("SendTaskSuccess", taskToken=task["taskToken"], output='"first"')
        else:
            world.client.call("SendTaskFailure", taskToken=task["taskToken"], error="No")
    world.until(execution, "FAILED")
    child = next(c for c in world.children(execution) if c["status"] == "FAILED")
    claim("a failed child says who redrives it", world.row(child["executionArn"])[
        "redriveStatus"] == "REDRIVABLE_BY_MAP_RUN")
    world.client.call("RedriveExecution", executionArn=execution)
    for _ in range(2):
        world.client.call("SendTaskSuccess", taskToken=world.take()["taskToken"],
                          output='"second"')
    row = world.until(execution)
    claim("a redrive runs what failed", json.loads(row.get("output", "0")) ==
          ["first", "second", "first", "second"], row)
    claim("in the same Map Run", "MapRunRedriven" in world.types(execution) and
          world.map_run(execution)["redriveCount"] == 1, world.types(execution))
    claim("and the same children", len(world.children(execution)) == 4 and
          world.row(child["executionArn"])["redriveCount"] == 1)


def test_readers(world):
    put = world.bucket.objects
    put["a.csv"] = b'n,text\r\n1,"a ""b"", c"\r\n2\r\n\r\n3,x\\,y,surplus\n'
    csv = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    value = world.output(distributed(PASS, ItemReader=reader("getObject", csv, Key="a.csv")))
    claim("CSV", value == [{"n": "1", "text": 'a "b", c'}, {"n": "2", "text": ""},
                           {"n": "3", "text": "x,y"}], value)
    put["b.csv"] = b"1|2\n3|4\n"
    value = world.output(distributed(PASS, ItemReader=reader("getObject", {
        "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"],
        "CSVDelimiter": "PIPE", "MaxItems": 1}, Key="b.csv")))
    claim("given headers, a delimiter, MaxItems", value == [{"a": "1", "b": "2"}], value)
    put["c.csv"] = b"a,a\n1,2\n"
    value = world.output(distributed(PASS, ItemReader=reader("getObject", csv, Key="c.csv")))
    claim("headers that are not unique", value == (
        "States.ItemReaderFailed", "CSV headers cannot contain duplicates."), value)
    put["d.json"] = b'{"deep": {"list~/": [[], [1, {"k": 2}]]}}'
    value = world.output(distributed(PASS, ItemReader=reader("getObject", {
        "InputType": "JSON", "ItemsPointer": "/deep/list~0~1/1"}, Key="d.json")))
    claim("JSON with a pointer", value == [1, {"k": 2}], value)
    value = world.output(distributed(PASS, ItemReader=reader(
        "getObject", {"InputType": "JSON"}, Key="d.json")))
    claim("JSON that is no list", value[1] == "Attempting to map over non-iterable node.", value)
    put["e.jsonl.gz"] = gzip.compress(b'{"a":1}\n\n[2]\n')
    value = world.output(distributed(PASS, ItemReader=reader(
        "getObject", {"InputType": "JSONL"}, Key="e.jsonl.gz")))
    claim("JSON lines, gzipped", value == [{"a": 1}, [2]], value)
    value = world.output(distributed(PASS, ItemReader=reader(
        "getObject", {"InputType": "JSON"}, Key="nowhere")))
    claim("an object that is not there", value[0] == "States.ItemReaderFailed" and
          "The specified key does not exist." in value[1] and "404" in value[1], value)
    for name in ("x", "y", "z"):
        put[f"in/{name}.json"] = json.dumps([name, name + name]).encode()
    value = world.output(distributed(PASS, ItemReader=reader("listObjectsV2", {}, Prefix="in/")))
    claim("a listing of several pages", [item["Key"] for item in value] == [
        "in/x.json", "in/y.json", "in/z.json"] and value[0]["LastModified"] == 1704164645 and
        value[0]["Etag"] == '"e"' and value[0]["Size"] == 11, value)
    value = world.output(distributed(PASS, ItemReader=reader("listObjectsV2", {
        "InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 5}, Prefix="in/")))
    claim("flattened", value == ["x", "xx", "y", "yy", "z"], value)
    put["inv/1.csv.gz"] = gzip.compress(b'"b","k1"\n"b","k2"\n')
    put["manifest.json"] = json.dumps({
        "destinationBucket": "arn:aws:s3:::b", "fileFormat": "CSV", "fileSchema": "Bucket, Key",
        "files": [{"key": "inv/1.csv.gz"}]}).encode()
    value = world.output(distributed(PASS, ItemReader=reader("getObject", {
        "InputType": "MANIFEST", "ManifestType": "S3_INVENTORY"}, Key="manifest.json")))
    claim("an inventory", value == [{"Bucket": "b", "Key": "k1"}, {"Bucket": "b", "Key": "k2"}],
          value)
    put["athena.csv"] = b"s3://b/in/x.json\n\"s3://b/in/z.json\"\n"
    value = world.output(distributed(PASS, ItemReader=reader("getObject", {
        "InputType": "JSON", "ManifestType": "ATHENA_DATA"}, Key="athena.csv")))
    claim("a manifest of Athena", value == ["x", "xx", "z", "zz"], value)
    value = world.output(distributed(PASS, ItemReader=reader(
        "getObject", {"InputType": "PARQUET"}, Key="d.json")))
    claim("what is not read is refused", value[0] == "States.ItemReaderFailed" and
          "PARQUET" in value[1], value)


def writer(prefix, **config):
    return {"Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "b", "Prefix": prefix}, "WriterConfig": config}


def test_writers(world):
    put = world.bucket.objects
    row = world.run(distributed(FAIL_ODD, ToleratedFailureCount=1, ResultWriter=writer("out")),
                    [0, 1, 2])
    value = json.loads(row.get("output", "{}"))
    key = value["ResultWriterDetails"]["Key"]
    claim("the state's result says where", key == "out/" + value["MapRunArn"][-36:] +
          "/manifest.json", value)
    manifest = json.loads(put[key])
    files = {kind: [json.loads(put[file["Key"]]) for file in listed]
             for kind, listed in manifest["ResultFiles"].items()}
    claim("what succeeded is in one file, what failed in another", [
        [item["Output"] for item in files["SUCCEEDED"][0]],
        [item["Error"] for item in files["FAILED"][0]]] == [["0", "2"], ["Odd"]], files)
    claim("sizes are right", all(len(put[file["Key"]]) == file["Size"] for listed in
                                 manifest["ResultFiles"].values() for file in listed), manifest)
    row = world.run(distributed(PASS, ResultWriter=writer(
        "", Transformation="FLATTEN", OutputType="JSONL")), [[1, 2], 3])
    key = json.loads(row["output"])["ResultWriterDetails"]["Key"]
    manifest = json.loads(put[key])
    lines = put[manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]]
    claim("flattened lines", lines == b"1\n2\n3\n", lines)
    value = world.output(distributed(PASS, ResultWriter={"WriterConfig": {
        "Transformation": "FLATTEN", "OutputType": "JSON"}}), [[1, 2], 3])
    claim("a WriterConfig alone shapes the state's result", value == [1, 2, 3], value)


def main():
    world = World()
    world.client.call("CreateActivity", name="work")
    try:
        for test in (test_children, test_express, test_nested, test_batches, test_failures,
                     test_running, test_restart, test_redrive, test_readers, test_writers):
            test(world)
        claim("the server did not complain", not world.server.complaint(), world.server.complaint())
        claim("it ends well", world.server.stop() == 0)
    finally:
        world.server.kill()
    finish()


if __name__ == "__main__":
    main()
