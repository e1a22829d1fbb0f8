// fuzz_answer.c: what AWS's services, or whoever stands in for them, answer. The first byte chooses
// the action.

#include "integrations/aws/read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct {
    const char *service, *action;
} actions[] = {{"glue", "getJobRun"},     {"sns", "publish"},      {"s3", "listObjectsV2"},
               {"batch", "describeJobs"}, {"s3", "getObject"},     {"s3", "listBuckets"},
               {"dynamodb", "getItem"},   {"ecs", "describeTasks"}};

static sw_aws_models *get_models(void)
{
    static sw_aws_models *models;
    sw_error              err;
    if (models == NULL && !sw_aws_models_open(NULL, &models, &err))
        abort();
    return models;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    sw_arena         arena;
    sw_value         result;
    sw_aws_error     error;
    sw_aws_operation operation;
    if (bytes == 0)
        return 0;
    size_t                which = data[0] % (sizeof actions / sizeof *actions);
    const sw_aws_service *service =
        sw_aws_models_find(get_models(), sw_str_from(actions[which].service), SW_AWS_NAMES_SDK);
    sw_call_answer answer = {
        .outcome = SW_CALL_ANSWERED, .status = 200, .body = {(const char *)data + 1, bytes - 1}};
    sw_arena_init(&arena);
    if (!sw_aws_find_operation(service, sw_str_from(actions[which].action), &operation))
        abort();
    if (sw_aws_read_result(&operation, &answer, &arena, &result))
        sw_json_print(&arena, result);
    sw_aws_read_error(service, &answer, &arena, &error);
    sw_arena_clear(&arena);
    return 0;
}
