// aws.c: requests and answers of AWS's protocols, by the models in the binary.

#include "integrations/aws/aws.h"
#include "integrations/aws/read.h"
#include "integrations/aws/write.h"

#include "check.h"

typedef struct bench {
    sw_arena         arena;
    sw_aws_models   *models;
    sw_aws_operation operation;
} bench;

static void begin(bench *b, const char *service, const char *action)
{
    sw_error err;
    sw_arena_init(&b->arena);
    REQUIRE(sw_aws_models_open(NULL, &b->models, &err));
    const sw_aws_service *s = sw_aws_models_find(b->models, sw_str_from(service), SW_AWS_NAMES_SDK);
    REQUIRE(s != NULL);
    REQUIRE(sw_aws_find_operation(s, sw_str_from(action), &b->operation));
}

static void end(bench *b)
{
    sw_aws_models_close(b->models);
    sw_arena_clear(&b->arena);
}

static bool write_it(bench *b, const char *input, sw_aws_message *message, sw_str *problem)
{
    sw_value value;
    sw_error err;
    CHECK(sw_json_parse(&b->arena, sw_str_from(input), 0, &value, &err));
    return sw_aws_write(&b->operation, value, SW_STR("TOKEN"), &b->arena, message, problem);
}

static void check_body(const char *service, const char *action, const char *input,
                       const char *expected)
{
    bench          b;
    sw_aws_message message;
    sw_str         problem;
    begin(&b, service, action);
    CHECK(write_it(&b, input, &message, &problem));
    CHECK_STR(sw_str_copy(&b.arena, message.body).text, expected);
    end(&b);
}

static void check_address(const char *service, const char *action, const char *input,
                          const char *path, const char *query)
{
    bench          b;
    sw_aws_message message;
    sw_str         problem;
    begin(&b, service, action);
    CHECK(write_it(&b, input, &message, &problem));
    CHECK_STR(sw_str_copy(&b.arena, message.path).text, path);
    CHECK_STR(sw_str_copy(&b.arena, message.query).text, query);
    end(&b);
}

static void check_problem(const char *service, const char *action, const char *input,
                          const char *expected)
{
    bench          b;
    sw_aws_message message;
    sw_str         problem;
    begin(&b, service, action);
    CHECK(!write_it(&b, input, &message, &problem));
    CHECK_STR(sw_str_copy(&b.arena, problem).text, expected);
    end(&b);
}

TEST(aws__json_bodies)
{
    check_body("dynamodb", "getItem", "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"1\"}}}",
               "{\"Key\":{\"id\":{\"S\":\"1\"}},\"TableName\":\"t\"}");
    // What is no text is sent as its JSON, null as nothing, names in the service's own case.
    check_body("sqs", "sendMessage",
               "{\"QueueUrl\":\"q\",\"MessageBody\":{\"a\":[1]},\"DelaySeconds\":null}",
               "{\"MessageBody\":\"{\\\"a\\\":[1]}\",\"QueueUrl\":\"q\"}");
    check_body("ecs", "runTask",
               "{\"TaskDefinition\":\"t\",\"ClientToken\":\"c\",\"NetworkConfiguration\":"
               "{\"AwsvpcConfiguration\":{\"Subnets\":[\"s\"]}}}",
               "{\"clientToken\":\"c\",\"networkConfiguration\":{\"awsvpcConfiguration\":"
               "{\"subnets\":[\"s\"]}},\"taskDefinition\":\"t\"}");
    check_body("batch", "submitJob",
               "{\"JobName\":\"j\",\"JobQueue\":\"q\",\"JobDefinition\":\"d\","
               "\"Parameters\":{\"Key\":\"v\"}}",
               "{\"jobDefinition\":\"d\",\"jobName\":\"j\",\"jobQueue\":\"q\","
               "\"parameters\":{\"Key\":\"v\"}}");
}

TEST(aws__idempotency_tokens_are_made)
{
    check_body("athena", "startQueryExecution", "{\"QueryString\":\"q\"}",
               "{\"ClientRequestToken\":\"TOKEN\",\"QueryString\":\"q\"}");
    check_body("athena", "startQueryExecution",
               "{\"QueryString\":\"q\",\"ClientRequestToken\":\"own\"}",
               "{\"ClientRequestToken\":\"own\",\"QueryString\":\"q\"}");
}

TEST(aws__query_bodies)
{
    check_body("sns", "publish",
               "{\"TopicArn\":\"a:b\",\"Message\":\"x y&\\u00fc\",\"MessageAttributes\":"
               "{\"k\":{\"DataType\":\"Binary\",\"BinaryValue\":\"hi\"}}}",
               "Action=Publish&Version=2010-03-31&Message=x%20y%26%C3%BC&"
               "MessageAttributes.entry.1.Name=k&"
               "MessageAttributes.entry.1.Value.BinaryValue=aGk%3D&"
               "MessageAttributes.entry.1.Value.DataType=Binary&TopicArn=a%3Ab");
}

TEST(aws__addresses)
{
    check_address("s3", "getObject",
                  "{\"Bucket\":\"b\",\"Key\":\"a b/\\u00fc\",\"VersionId\":\"v/1\"}",
                  "/b/a%20b/%C3%BC", "versionId=v%2F1");
    check_address("s3", "listObjectsV2", "{\"Bucket\":\"b\",\"MaxKeys\":5}", "/b",
                  "list-type=2&max-keys=5");
    check_address("lambda", "invoke", "{\"FunctionName\":\"f:1\",\"Payload\":{}}",
                  "/2015-03-31/functions/f%3A1/invocations", "");
}

// aws: recorded; a stream is JSON, whatever it is made of.
TEST(aws__streams_are_json)
{
    check_body("s3", "putObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"Body\":\"text\"}", "\"text\"");
    check_body("s3", "putObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"Body\":{\"a\":1}}",
               "{\"a\":1}");
    check_body("lambda", "invoke", "{\"FunctionName\":\"f\",\"Payload\":\"text\"}", "text");
}

TEST(aws__parameters_that_cannot_be_sent)
{
    check_problem("sqs", "sendMessage", "{\"QueueUrl\":\"q\",\"MessageBody\":\"b\",\"Foo\":1}",
                  "The field 'Foo' is not supported by Step Functions");
    check_problem("sqs", "sendMessage", "{\"DelaySeconds\":\"soon\"}",
                  "The value of the field 'DelaySeconds' has an invalid format");
    check_problem("s3", "getObject", "{\"Bucket\":\"b\"}",
                  "The field 'Key' is required but was missing");
    check_problem("s3", "getObject", "{\"Bucket\":\"b\",\"Key\":\"\"}",
                  "The field 'Key' is required but was missing");
    check_problem("s3", "putObject",
                  "{\"Bucket\":\"b\",\"Key\":\"k\",\"ContentType\":\"a\\r\\nX-Amz-Acl: b\"}",
                  "The value of the field 'Content-Type' has an invalid format");
    check_problem("sqs", "sendMessage", "[1]",
                  "The value of the field 'Parameters' has an invalid format");
}

// Answers -----------------------------------------------------------------------------------------

static void check_result(const char *service, const char *action, const char *body,
                         const char *expected)
{
    bench          b;
    sw_value       result;
    sw_call_header headers[] = {{SW_STR("x-amz-meta-Who"), SW_STR("me")},
                                {SW_STR("etag"), SW_STR("\"1\"")},
                                {SW_STR("last-modified"), SW_STR("Wed, 02 Oct 2002 13:00:01 GMT")}};
    sw_call_answer answer = {.outcome = SW_CALL_ANSWERED,
                             .status = 200,
                             .headers = headers,
                             .header_count = 3,
                             .body = sw_str_from(body)};
    begin(&b, service, action);
    bool ok = sw_aws_read_result(&b.operation, &answer, &b.arena, &result);
    CHECK_STR(ok ? sw_json_print(&b.arena, result).text : "unreadable", expected);
    end(&b);
}

TEST(aws__results)
{
    check_result("glue", "getJobRun",
                 "{\"JobRun\":{\"Id\":\"r\",\"StartedOn\":1.5e9,\"Attempt\":0,\"unknown\":1}}",
                 "{\"JobRun\":{\"Attempt\":0,\"Id\":\"r\","
                 "\"StartedOn\":\"2017-07-14T02:40:00Z\"}}");
    check_result("sns", "publish",
                 "<PublishResponse xmlns=\"x\"><PublishResult><MessageId>m&amp;1</MessageId>"
                 "</PublishResult></PublishResponse>",
                 "{\"MessageId\":\"m&1\"}");
    check_result("s3", "listObjectsV2",
                 "<ListBucketResult><Contents><Key>a</Key><Size>3</Size></Contents>"
                 "<Contents><Key>b</Key></Contents><IsTruncated>false</IsTruncated>"
                 "</ListBucketResult>",
                 "{\"Contents\":[{\"Key\":\"a\",\"Size\":3},{\"Key\":\"b\"}],"
                 "\"IsTruncated\":false}");
    check_result("s3", "listBuckets", "<R><Buckets><Bucket><Name>n</Name></Bucket></Buckets></R>",
                 "{\"Buckets\":[{\"Name\":\"n\"}]}");
    check_result("s3", "getObject", "text",
                 "{\"ETag\":\"\\\"1\\\"\",\"LastModified\":\"2002-10-02T13:00:01Z\","
                 "\"Metadata\":{\"Who\":\"me\"},\"Body\":\"text\"}");
    check_result("s3", "deleteObject", "", "{}");
}

TEST(aws__answers_that_are_none)
{
    check_result("glue", "getJobRun", "<html>", "unreadable");
    check_result("sns", "publish", "{}", "unreadable");
    check_result("sns", "publish",
                 "<!DOCTYPE a [<!ENTITY b \"c\">]><PublishResponse>&b;</PublishResponse>",
                 "unreadable");
    char deep[4096] = "";
    for (size_t i = 0; i < 500; i++)
        strcat(deep, "<a>");
    check_result("sns", "publish", deep, "unreadable");
}

static void check_error(const char *service, unsigned status, const char *body,
                        const char *expected)
{
    bench          b;
    sw_aws_error   error;
    sw_call_answer answer = {.outcome = SW_CALL_ANSWERED,
                             .status = status,
                             .status_text = SW_STR("Not Found"),
                             .body = sw_str_from(body)};
    sw_error       err;
    sw_arena_init(&b.arena);
    REQUIRE(sw_aws_models_open(NULL, &b.models, &err));
    sw_aws_read_error(sw_aws_models_find(b.models, sw_str_from(service), SW_AWS_NAMES_SDK), &answer,
                      &b.arena, &error);
    CHECK_STR(sw_str_format(&b.arena, "%.*s|%.*s|%.*s|%.*s", SW_STR_ARG(error.code),
                            SW_STR_ARG(error.name), SW_STR_ARG(error.message),
                            SW_STR_ARG(error.request_id))
                  .text,
              expected);
    end(&b);
}

TEST(aws__errors)
{
    check_error("dynamodb", 400,
                "{\"__type\":\"com.amazonaws.x#ResourceNotFoundException\",\"message\":\"m\"}",
                "ResourceNotFoundException|ResourceNotFoundException|m|");
    check_error("sns", 404,
                "<ErrorResponse><Error><Code>NotFound</Code><Message>m</Message></Error>"
                "<RequestId>r</RequestId></ErrorResponse>",
                "NotFound|NotFoundException|m|r");
    check_error("s3", 404, "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>",
                "NoSuchKey|NoSuchKeyException|m|");
    check_error("s3", 404, "", "||Not Found|");
    check_error("s3", 502, "<html>bad gateway", "||<html>bad gateway|");
    check_error("batch", 400, "{\"message\":\"m\"}", "||m|");
}

// Dates -------------------------------------------------------------------------------------------

static void check_date(const char *text, const char *iso, const char *rfc822, const char *unix_time)
{
    sw_arena arena;
    int64_t  ms;
    sw_arena_init(&arena);
    REQUIRE(sw_aws_date_parse(sw_str_from(text), &ms));
    CHECK_STR(sw_aws_date_print(&arena, ms, SW_AWS_DATE_ISO8601).text, iso);
    CHECK_STR(sw_aws_date_print(&arena, ms, SW_AWS_DATE_RFC822).text, rfc822);
    CHECK_STR(sw_aws_date_print(&arena, ms, SW_AWS_DATE_UNIX).text, unix_time);
    sw_arena_clear(&arena);
}

TEST(aws__dates)
{
    check_date("2002-10-02T13:00:00Z", "2002-10-02T13:00:00Z", "Wed, 02 Oct 2002 13:00:00 GMT",
               "1033563600");
    check_date("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z",
               "Thu, 01 Jan 1970 00:00:00 GMT", "0");
    check_date("1033563600.25", "2002-10-02T13:00:00.250Z", "Wed, 02 Oct 2002 13:00:00 GMT",
               "1033563600.250");
    check_date("-1", "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT", "-1");
    int64_t ms;
    CHECK(!sw_aws_date_parse(SW_STR("yesterday"), &ms));
    CHECK(!sw_aws_date_parse(SW_STR("1e300"), &ms));
    CHECK(!sw_aws_date_parse(SW_STR("Wed, 02 xyz 2002 13:00:00 GMT"), &ms));
}

TEST(aws__names_of_the_sdk)
{
    bench          b;
    sw_aws_message message;
    sw_str         problem;
    sw_value       result;
    sw_error       err;
    check_body(
        "dynamodb", "putItem",
        "{\"TableName\": \"t\", \"Item\": {\"a\": {\"Bool\": true}, \"b\": {\"BOOL\": false}, "
        "\"c\": {\"Nul\": true}}}",
        "{\"Item\":{\"a\":{\"BOOL\":true},\"b\":{\"BOOL\":false},\"c\":{\"NULL\":true}},"
        "\"TableName\":\"t\"}");
    check_body("rds", "describeDBInstances", "{\"DbInstanceIdentifier\": \"d\"}",
               "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=d");
    check_error("rds", 404,
                "<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>m</Message></Error>"
                "</ErrorResponse>",
                "DBInstanceNotFound|DbInstanceNotFoundException|m|");
    // The same service by its API's own names
    sw_arena_init(&b.arena);
    REQUIRE(sw_aws_models_open(NULL, &b.models, &err));
    const sw_aws_service *service =
        sw_aws_models_find(b.models, SW_STR("dynamodb"), SW_AWS_NAMES_API);
    REQUIRE(service != NULL);
    REQUIRE(sw_aws_find_operation(service, SW_STR("getItem"), &b.operation));
    sw_call_answer answer = {.outcome = SW_CALL_ANSWERED,
                             .status = 200,
                             .body = SW_STR("{\"Item\": {\"a\": {\"BOOL\": true}}}")};
    CHECK(sw_aws_read_result(&b.operation, &answer, &b.arena, &result));
    CHECK_STR(sw_json_print(&b.arena, result).text, "{\"Item\":{\"a\":{\"BOOL\":true}}}");
    CHECK(!write_it(&b, "{\"TableName\": \"t\", \"Key\": {\"a\": {\"Bool\": true}}}", &message,
                    &problem));
    CHECK_STR(sw_str_copy(&b.arena, problem).text,
              "The field 'Bool' is not supported by Step Functions");
    end(&b);
}

int main(int argc, char **argv)
{
    CHECK_BEGIN(argc, argv);
    RUN(aws__json_bodies);
    RUN(aws__idempotency_tokens_are_made);
    RUN(aws__query_bodies);
    RUN(aws__addresses);
    RUN(aws__streams_are_json);
    RUN(aws__parameters_that_cannot_be_sent);
    RUN(aws__results);
    RUN(aws__answers_that_are_none);
    RUN(aws__errors);
    RUN(aws__dates);
    RUN(aws__names_of_the_sdk);
    return CHECK_END();
}
