#!/usr/bin/env python3
"""The DynamoDB integrations against DynamoDB Local, AWS's own, from Maven Central; where Java and
Maven are."""

import json
import os
import shutil
import socket
import subprocess
import time

from cli_check import ROOT, claim, finish
from serve_kit import Server, one_task
from server_process import free_port

FOLDER = os.path.join(ROOT, "build-dynamodb-local")
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>stepwell</groupId><artifactId>tests</artifactId><version>1</version><dependencies><dependency>
<groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>2.5.3</version>
</dependency></dependencies></project>"""


def install():
    if not shutil.which("java") or not shutil.which("mvn"):
        return "no Java or no Maven"
    if os.path.isdir(os.path.join(FOLDER, "lib")):
        return None
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, "pom.xml"), "w", encoding="utf-8") as file:
        file.write(POM)
    done = subprocess.run(["mvn", "-q", "-B", "dependency:copy-dependencies",
                           "-DoutputDirectory=new"], cwd=FOLDER, capture_output=True, text=True)
    if done.returncode != 0:
        return "Maven Central cannot be reached"
    os.rename(os.path.join(FOLDER, "new"), os.path.join(FOLDER, "lib"))
    return None


def wait_for_port(process, port):
    deadline = time.time() + 60
    while time.time() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("DynamoDB Local did not start")


class Tasks:
    def __init__(self, server):
        self.server, self.count = server, 0

    def output(self, resource, **parameters):
        self.count += 1
        machine = self.server.create(f"m{self.count}", one_task(resource, Parameters=parameters))
        ended = self.server.run(machine, seconds=60)
        return json.loads(ended["output"]) if ended["status"] == "SUCCEEDED" else ended


def test(tasks):
    sdk, own = "arn:aws:states:::aws-sdk:dynamodb:", "arn:aws:states:::dynamodb:"
    made = tasks.output(sdk + "createTable", TableName="things", BillingMode="PAY_PER_REQUEST",
                        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    claim("a table is made", made.get("TableDescription", {}).get("TableStatus") == "ACTIVE", made)
    item = {"id": {"S": "1"}, "n": {"N": "5"}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}}
    put = tasks.output(own + "putItem", TableName="things", Item=item)
    claim("an item is put", put.get("SdkHttpMetadata", {}).get("HttpStatusCode") == 200, put)
    got = tasks.output(own + "getItem", TableName="things", Key={"id": {"S": "1"}})
    claim("an item is got", got.get("Item") == item, got)
    changed = tasks.output(own + "updateItem", TableName="things", Key={"id": {"S": "1"}},
                           UpdateExpression="SET n = n + :one", ReturnValues="UPDATED_NEW",
                           ExpressionAttributeValues={":one": {"N": "1"}})
    claim("an item is changed", changed.get("Attributes") == {"n": {"N": "6"}}, changed)
    lost = tasks.output(own + "putItem", TableName="things", Item={"id": {"S": "1"}},
                        ConditionExpression="attribute_not_exists(id)")
    claim("a condition that does not hold", lost["error"] ==
          "DynamoDB.ConditionalCheckFailedException" and lost["cause"].startswith(
              "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
              "Error Code: ConditionalCheckFailedException; Request ID: "), lost)
    lost = tasks.output(sdk + "getItem", TableName="things", Key={"no": {"S": "1"}})
    claim("what DynamoDB finds wrong", lost["error"] == "DynamoDb.DynamoDbException" and
          "(Service: DynamoDb, Status Code: 400, Request ID: " in lost["cause"], lost)
    found = tasks.output(sdk + "query", TableName="things", KeyConditionExpression="id = :i",
                         ExpressionAttributeValues={":i": {"S": "1"}})
    claim("a query", found["Count"] == 1 and found["ScannedCount"] == 1, found)
    gone = tasks.output(own + "deleteItem", TableName="things", Key={"id": {"S": "1"}},
                        ReturnValues="ALL_OLD")
    claim("an item is deleted", gone["Attributes"]["n"] == {"N": "6"}, gone)


def main():
    trouble = install()
    if trouble:
        print("skip:", trouble)
        print("0 passed, 0 failed, 1 skipped")
        return
    port, lib = free_port(), os.path.join(FOLDER, "lib")
    process = subprocess.Popen(
        ["java", f"-Djava.library.path={lib}", "-cp", lib + "/*",
         "com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-port",
         str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=FOLDER)
    try:
        wait_for_port(process, port)
        variables = {"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}",
                     "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
        with Server(variables=variables) as server:
            test(Tasks(server))
    finally:
        process.terminate()
        process.wait()
    finish()


main()
