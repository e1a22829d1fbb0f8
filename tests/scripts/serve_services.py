#!/usr/bin/env python3
"""aws-sdk and optimized integrations against moto's server: every protocol, results, errors, and
jobs that are watched to their end."""

import json
import os
import tempfile

from cli_check import claim, finish
from moto_server import Moto, install, pack_models
from serve_kit import Failed, Server, one_task

SDK = "arn:aws:states:::aws-sdk:"
OPTIMIZED = "arn:aws:states:::"


class Services:
    """A server whose services are moto's; each action is a machine of one task."""

    def __init__(self, server):
        self.server, self.count = server, 0

    def run(self, resource, parameters):
        self.count += 1
        machine = self.server.create(f"m{self.count}", one_task(resource, Parameters=parameters))
        return self.server.run(machine, seconds=60)

    def output(self, resource, **parameters):
        """The result, or the failure as {"Error": ..., "Cause": ...}."""
        ended = self.run(resource, parameters)
        if ended["status"] == "SUCCEEDED":
            return json.loads(ended["output"])
        return {"Error": ended.get("error"), "Cause": ended.get("cause")}


def is_date(text):
    return isinstance(text, str) and text[4:5] == "-" and text.endswith("Z")


def test_dynamodb(s):
    """json"""
    made = s.output(SDK + "dynamodb:createTable", TableName="things",
                    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                    BillingMode="PAY_PER_REQUEST")
    claim("json: a table is made, with its date as ISO 8601",
          is_date(made.get("TableDescription", {}).get("CreationDateTime")), made)
    put = s.output(OPTIMIZED + "dynamodb:putItem", TableName="things",
                   Item={"id": {"S": "1"}, "n": {"N": "5"}})
    claim("optimized: a result has SDK metadata", put.get("SdkHttpMetadata", {})
          .get("HttpStatusCode") == 200, put)
    got = s.output(SDK + "dynamodb:getItem", TableName="things", Key={"id": {"S": "1"}})
    claim("json: an item is got", got == {"Item": {"id": {"S": "1"}, "n": {"N": "5"}}}, got)
    lost = s.output(SDK + "dynamodb:getItem", TableName="none", Key={"id": {"S": "1"}})
    claim("json: aws-sdk names errors by its prefix",
          lost["Error"] == "DynamoDb.ResourceNotFoundException" and
          "(Service: DynamoDb, Status Code: 400, Request ID: " in lost["Cause"], lost)
    lost = s.output(OPTIMIZED + "dynamodb:getItem", TableName="none", Key={"id": {"S": "1"}})
    claim("json: optimized names errors by its own",
          lost["Error"] == "DynamoDB.ResourceNotFoundException" and
          "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; "
          in lost["Cause"], lost)


def test_sdk_names(s):
    """Names of the SDK for Java 2 in aws-sdk tasks, the API's own in optimized ones."""
    made = s.output(SDK + "rds:createDBInstance", DbInstanceIdentifier="db", DbInstanceClass="db.t3.micro",
                    Engine="postgres", AllocatedStorage=10, MasterUsername="u", MasterUserPassword="p4ssw0rd")
    claim("aws-sdk: DbInstance, DbInstanceIdentifier", made.get("DbInstance", {}).get("DbInstanceIdentifier") == "db",
          made)
    found = s.output(SDK + "rds:describeDBInstances", DbInstanceIdentifier="db")
    claim("aws-sdk: in lists, too", found.get("DbInstances", [{}])[0].get("DbInstanceStatus") == "available", found)
    found = s.output(SDK + "rds:describeDBInstances", DBInstanceIdentifier="db")
    claim("aws-sdk: the API's own names are taken, the result has the SDK's",
          found.get("DbInstances", [{}])[0].get("DbInstanceIdentifier") == "db", found)
    lost = s.output(SDK + "rds:describeDBInstances", DbInstanceIdentifier="none")
    claim("aws-sdk: exceptions have the SDK's names", lost["Error"] == "Rds.DbInstanceNotFoundException", lost)
    item = {"id": {"S": "2"}, "flag": {"Bool": True}, "none": {"Nul": True}, "set": {"Ss": ["a"]},
            "map": {"M": {"deep": {"L": [{"Bool": False}]}}}}
    s.output(SDK + "dynamodb:putItem", TableName="things", Item=item)
    got = s.output(SDK + "dynamodb:getItem", TableName="things", Key={"id": {"S": "2"}})
    claim("aws-sdk: Bool, Nul, Ss", got.get("Item") == item, got)
    got = s.output(OPTIMIZED + "dynamodb:getItem", TableName="things", Key={"id": {"S": "2"}})
    claim("optimized: BOOL, NULL, SS", got.get("Item") == {
        "id": {"S": "2"}, "flag": {"BOOL": True}, "none": {"NULL": True}, "set": {"SS": ["a"]},
        "map": {"M": {"deep": {"L": [{"BOOL": False}]}}}}, got)
    s.output(SDK + "s3:createBucket", Bucket="sdk-names")
    put = s.output(SDK + "s3:putObject", Bucket="sdk-names", Key="k", Body="b", Acl="public-read")
    claim("aws-sdk: Acl, ETag", put.get("ETag"), put)


def test_ssm_and_secrets(s):
    """json"""
    s.output(SDK + "ssm:putParameter", Name="/a/b", Value="one", Type="String")
    got = s.output(SDK + "ssm:getParameter", Name="/a/b")
    claim("json: ssm", got.get("Parameter", {}).get("Value") == "one" and
          is_date(got["Parameter"]["LastModifiedDate"]), got)
    made = s.output(SDK + "secretsmanager:createSecret", Name="s", SecretString="x")
    claim("json: an idempotency token is made", made.get("Name") == "s" and
          len(made.get("VersionId", "")) > 30, made)
    key = s.output(SDK + "kms:createKey")["KeyMetadata"]
    claim("json: numbers and truths come as such", key["Enabled"] is True and key["KeyId"], key)


def test_query(s):
    topic = s.output(SDK + "sns:createTopic", Name="news", Tags=[{"Key": "a", "Value": "b c"}])
    arn = topic.get("TopicArn", "")
    claim("query: a topic is made", arn.endswith(":news"), topic)
    tags = s.output(SDK + "sns:listTagsForResource", ResourceArn=arn)
    claim("query: lists go and come", tags == {"Tags": [{"Key": "a", "Value": "b c"}]}, tags)
    sent = s.output(OPTIMIZED + "sns:publish", TopicArn=arn, Message={"a": 1},
                    MessageAttributes={"x": {"DataType": "String", "StringValue": "y"}})
    claim("query: sns publishes JSON", "MessageId" in sent and "SdkResponseMetadata" in sent, sent)
    lost = s.output(OPTIMIZED + "sns:publish", TopicArn=arn + "x", Message="m")
    claim("query: an error", lost["Error"] == "SNS.NotFoundException" and
          "Service: AmazonSNS; Status Code: 404; Error Code: NotFound; " in lost["Cause"], lost)
    role = s.output(SDK + "iam:createRole", RoleName="r", AssumeRolePolicyDocument={"Version": "1"})
    claim("query: iam", role.get("Role", {}).get("RoleName") == "r" and
          is_date(role["Role"]["CreateDate"]), role)
    who = s.output(SDK + "sts:getCallerIdentity")
    claim("query: sts", who.get("Account") == "123456789012", who)
    attributes = s.output(SDK + "sns:getTopicAttributes", TopicArn=arn)
    claim("query: a map", attributes.get("Attributes", {}).get("TopicArn") == arn, attributes)


def test_sqs(s):
    queue = s.output(SDK + "sqs:createQueue", QueueName="q", Attributes={"DelaySeconds": "0"})
    url = queue.get("QueueUrl", "")
    claim("sqs: a queue is made", url.endswith("/q"), queue)
    sent = s.output(OPTIMIZED + "sqs:sendMessage", QueueUrl=url, MessageBody={"a": [1, "x"]})
    got = s.output(SDK + "sqs:receiveMessage", QueueUrl=url)
    claim("sqs: JSON is a message's text", got["Messages"][0]["Body"] == '{"a":[1,"x"]}' and
          got["Messages"][0]["MessageId"] == sent["MessageId"], got)


def test_ec2(s):
    vpc = s.output(SDK + "ec2:createVpc", CidrBlock="10.1.0.0/16", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "net"}]}])
    vpc_id = vpc.get("Vpc", {}).get("VpcId", "")
    claim("ec2: a network is made, nested lists go and come", vpc_id.startswith("vpc-") and
          vpc["Vpc"]["Tags"] == [{"Key": "Name", "Value": "net"}], vpc)
    found = s.output(SDK + "ec2:describeVpcs",
                     Filters=[{"Name": "vpc-id", "Values": [vpc_id, "vpc-0"]}])
    claim("ec2: filters", [v["VpcId"] for v in found.get("Vpcs", [])] == [vpc_id], found)
    lost = s.output(SDK + "ec2:describeVpcs", VpcIds=["vpc-12345678"])
    claim("ec2: an error that no model has", lost["Error"] == "Ec2.Ec2Exception" and
          "(Service: Ec2, Status Code: 400, Request ID: " in lost["Cause"], lost)


def test_rest_json(s):
    group = s.output(SDK + "scheduler:createScheduleGroup", Name="g")
    claim("rest-json: scheduler", group.get("ScheduleGroupArn", "").endswith("schedule-group/g"),
          group)
    api = s.output(SDK + "apigateway:createRestApi", Name="shop", Description="a \"shop\"")
    claim("rest-json: apigateway", api.get("Name") == "shop" and api.get("Id") and
          is_date(api["CreatedDate"]), api)
    got = s.output(SDK + "apigateway:getRestApi", RestApiId=api["Id"])
    claim("rest-json: a label in the path", got.get("Description") == 'a "shop"', got)
    lost = s.output(SDK + "apigateway:getRestApi", RestApiId="none")
    claim("rest-json: an error", lost["Error"] == "ApiGateway.NotFoundException", lost)
    cluster = s.output(SDK + "eks:createCluster", Name="c", RoleArn="arn:aws:iam::123456789012:role/r",
                       ResourcesVpcConfig={"SubnetIds": []})
    claim("rest-json: eks", cluster.get("Cluster", {}).get("Name") == "c", cluster)


def test_rest_xml(s):
    made = s.output(SDK + "s3:createBucket", Bucket="files")
    claim("rest-xml: a bucket is made", "Error" not in made, made)
    put = s.output(SDK + "s3:putObject", Bucket="files", Key="a b/ü+.json", Body={"x": 1},
                   Metadata={"who": "me"}, ContentType="application/json")
    claim("rest-xml: an object is put", put.get("ETag", "").startswith('"'), put)
    got = s.output(SDK + "s3:getObject", Bucket="files", Key="a b/ü+.json")
    claim("rest-xml: an object is got", got.get("Body") == '{"x":1}' and
          got["Metadata"] == {"who": "me"} and is_date(got["LastModified"]) and
          got["ContentLength"] == 7, got)
    listed = s.output(SDK + "s3:listObjectsV2", Bucket="files", Prefix="a b/")
    claim("rest-xml: a list", [o["Key"] for o in listed.get("Contents", [])] == ["a b/ü+.json"] and
          listed["KeyCount"] == 1, listed)
    tags = s.output(SDK + "s3:putObjectTagging", Bucket="files", Key="a b/ü+.json",
                    Tagging={"TagSet": [{"Key": "k", "Value": "v w"}]})
    tags = s.output(SDK + "s3:getObjectTagging", Bucket="files", Key="a b/ü+.json")
    claim("rest-xml: a body of XML", tags.get("TagSet") == [{"Key": "k", "Value": "v w"}], tags)
    gone = s.output(SDK + "s3:deleteObjects", Bucket="files",
                    Delete={"Objects": [{"Key": "a b/ü+.json"}]})
    claim("rest-xml: a flat list, with its checksum", gone.get("Deleted", [{}])[0].get("Key") ==
          "a b/ü+.json", gone)
    lost = s.output(SDK + "s3:getObject", Bucket="files", Key="none")
    claim("rest-xml: an error", lost["Error"] == "S3.NoSuchKeyException" and
          "(Service: S3, Status Code: 404, " in lost["Cause"], lost)
    lost = s.output(SDK + "s3:headObject", Bucket="files", Key="none")
    claim("rest-xml: an error without a body", lost["Error"] in
          ("S3.S3Exception", "S3.NoSuchKeyException") and "Status Code: 404" in lost["Cause"], lost)
    zone = s.output(SDK + "route53:createHostedZone", Name="example.com", CallerReference="1")
    zone_id = zone.get("HostedZone", {}).get("Id", "")
    claim("rest-xml: route53", zone_id.startswith("/hostedzone/") and "Location" in zone, zone)
    changed = s.output(
        SDK + "route53:changeResourceRecordSets", HostedZoneId=zone_id.split("/")[-1],
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": {
            "Name": "www.example.com", "Type": "A", "TTL": 60,
            "ResourceRecords": [{"Value": "10.0.0.1"}]}}]})
    claim("rest-xml: nested XML", changed.get("ChangeInfo", {}).get("Status"), changed)


def test_events(s):
    sent = s.output(OPTIMIZED + "events:putEvents", Entries=[
        {"Detail": {"a": 1}, "DetailType": "t", "Source": "me"}])
    claim("events: put, without metadata", set(sent) == {"Entries", "FailedEntryCount"}, sent)
    lost = s.output(OPTIMIZED + "events:putEvents", Entries=[{"Detail": "no", "DetailType": "t",
                                                              "Source": "me"}])
    claim("events: a failed entry fails the task", lost["Error"] == "EventBridge.FailedEntry" and
          json.loads(lost["Cause"])["FailedEntryCount"] == 1, lost)


def test_tests(s):
    """TestState runs a task that belongs to no execution."""
    state = {"Type": "Task", "Resource": OPTIMIZED + "events:putEvents", "End": True, "Parameters": {
        "Entries": [{"Detail": {"a": 1}, "DetailType": "t", "Source": "me"}]}}
    tested = s.server.call("TestState", definition=json.dumps(state), input="{}", inspectionLevel="DEBUG",
                           roleArn="arn:aws:iam::123456789012:role/r")
    claim("TestState puts events", tested.get("status") == "SUCCEEDED" and
          json.loads(tested["output"])["FailedEntryCount"] == 0, tested)
    tested = s.server.call("TestState", definition=json.dumps(state), input="{}", context="{}",
                           roleArn="arn:aws:iam::123456789012:role/r")
    claim("with a context that has no execution, too", tested.get("status") == "SUCCEEDED", tested)


def test_jobs(s):
    """.sync: submitted, watched, and its result."""
    s.output(SDK + "glue:createJob", Name="j", Role="r", Command={"Name": "glueetl"})
    ended = s.run(OPTIMIZED + "glue:startJobRun.sync", {"JobName": "j"})
    claim("glue:startJobRun.sync ends with the run", ended["status"] == "SUCCEEDED" and
          json.loads(ended["output"])["JobRunState"] == "SUCCEEDED", ended)
    types = s.server.types(ended["executionArn"])
    claim("a job is submitted, then it succeeds", types[2:6] ==
          ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"], types)
    started = s.output(OPTIMIZED + "glue:startJobRun", JobName="j")
    claim("glue:startJobRun says the job's name, too", started.get("JobName") == "j" and
          started.get("JobRunId"), started)
    query = s.output(OPTIMIZED + "athena:startQueryExecution.sync", QueryString="select 1",
                     ResultConfiguration={"OutputLocation": "s3://files/"})
    claim("athena:startQueryExecution.sync", query.get("QueryExecution", {}).get("Status", {})
          .get("State") == "SUCCEEDED", query)
    lost = s.output(OPTIMIZED + "glue:startJobRun.sync", JobName="none")
    claim("a job that cannot be submitted", lost["Error"] == "Glue.EntityNotFoundException", lost)
    step = s.output(OPTIMIZED + "elasticmapreduce:createCluster", Name="c",
                    Instances={"MasterInstanceType": "m", "SlaveInstanceType": "m",
                               "InstanceCount": 1})
    claim("emr: an action with a name of its own", step.get("ClusterId", "").startswith("j-"), step)


def refused(s, resource, parameters=None):
    try:
        s.server.create("refused", one_task(resource, **(
            {} if parameters is None else {"Parameters": parameters})))
    except Failed as failure:
        return failure.message
    return ""


def test_creation(s):
    """Names and parameters are checked when a machine is created."""
    message = refused(s, SDK + "sqs:sendMassage", {})
    claim("an unknown action is refused by its path", "/States/T/Resource" in message and
          "the service has no such action" in message, message)
    message = refused(s, SDK + "sqs:sendMessage", {"QueueUrl": "q"})
    claim("a missing parameter is refused by its path", "The field 'MessageBody' is required but "
          "was missing at /States/T/Parameters" in message, message)
    message = refused(s, SDK + "sqs:sendMessage", {"QueueUrl": "q", "MessageBody.$": "$", "Foo": 1})
    claim("an unknown parameter is refused", "The field 'Foo' is not supported by Step Functions" in
          message, message)
    message = refused(s, SDK + "sqs:sendMessage", {"QueueUrl.$": "$.q", "MessageBody.$": "$"})
    claim("a path counts as a parameter", message == "", message)
    message = refused(s, SDK + "nothing:sendMessage")
    claim("an unknown service is refused", "is not recognized" in message, message)


def main():
    if not install():
        print("0 passed, 0 failed, 1 skipped")
        return
    with tempfile.TemporaryDirectory() as folder, Moto() as moto:
        with Server(variables={"AWS_ENDPOINT_URL": moto.url}) as server:
            services = Services(server)
            for test in (test_dynamodb, test_sdk_names, test_ssm_and_secrets, test_query, test_sqs, test_ec2,
                         test_rest_json, test_rest_xml, test_events, test_tests, test_jobs, test_creation):
                test(services)
        models = os.path.join(folder, "aws-models")
        pack_models(models)
        with Server("--aws-models", models, variables={"AWS_ENDPOINT_URL": moto.url}) as server:
            test_ec2(Services(server))
    finish()


main()
