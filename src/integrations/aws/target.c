// target.c: which operation of which service a Resource names.

#include "integrations/aws/task.h"

static const sw_aws_optimized services[] = {
#define SERVICE(type, service, prefix, shown, exception, metadata)                                 \
    {type, service, prefix, shown, exception, metadata},
#define ACTION(type, action, service, operation, more, input, output)
#define FIND(type, action, operation, input, list, name)
#include "integrations/aws/optimized.def"
#undef SERVICE
#undef ACTION
#undef FIND
};

static const sw_aws_action actions[] = {
#define SERVICE(type, service, prefix, shown, exception, metadata)
#define ACTION(type, action, service, operation, more, input, output)                              \
    {type, action, service, operation, more, input, output},
#define FIND(type, action, operation, input, list, name)
#include "integrations/aws/optimized.def"
#undef SERVICE
#undef ACTION
#undef FIND
};

static const sw_aws_find finds[] = {
#define SERVICE(type, service, prefix, shown, exception, metadata)
#define ACTION(type, action, service, operation, more, input, output)
#define FIND(type, action, operation, input, list, name)                                           \
    {type, action, operation, input, list, name},
#include "integrations/aws/optimized.def"
#undef SERVICE
#undef ACTION
#undef FIND
};

static const sw_aws_sync syncs[] = {
#define SYNC(resource, describe, input, status, done, failed, result, cancel, cancel_input)        \
    {resource, describe, input, status, done, failed, result, cancel, cancel_input},
#include "integrations/aws/sync.def"
#undef SYNC
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *find_operation(sw_aws *aws, sw_str service_name, sw_aws_names names,
                                  sw_str action, sw_aws_operation *operation)
{
    const sw_aws_service *service = sw_aws_models_find(sw_aws_get_models(aws), service_name, names);
    if (service == NULL)
        return "Stepwell has no model of the service: a newer one can be given with --aws-models";
    if (!sw_aws_find_operation(service, action, operation))
        return "the service has no such action; a newer model of it can be given with --aws-models";
    return NULL;
}

static const sw_aws_action *find_action(sw_str type, sw_str action)
{
    for (size_t i = 0; i < COUNT(actions); i++) {
        if (sw_str_is(type, actions[i].type) && sw_str_is(action, actions[i].action))
            return &actions[i];
    }
    return NULL;
}

static const sw_aws_find *find_find(sw_str type, sw_str action)
{
    for (size_t i = 0; i < COUNT(finds); i++) {
        if (sw_str_is(type, finds[i].type) && sw_str_is(action, finds[i].action))
            return &finds[i];
    }
    return NULL;
}

static const sw_aws_sync *find_sync(sw_str type, sw_str action)
{
    for (size_t i = 0; i < COUNT(syncs); i++) {
        sw_str resource = sw_str_from(syncs[i].resource);
        if (resource.bytes == type.bytes + 1 + action.bytes &&
            memcmp(resource.text, type.text, type.bytes) == 0 &&
            memcmp(resource.text + type.bytes + 1, action.text, action.bytes) == 0)
            return &syncs[i];
    }
    return NULL;
}

static bool has_operation(const sw_aws_target *target, const char *name)
{
    sw_aws_operation operation;
    return name == NULL ||
           sw_aws_find_operation(target->operation.service, sw_str_from(name), &operation);
}

// Whether the job can be watched and undone
static const char *check_sync(const sw_aws_target *target)
{
    bool ok = has_operation(target, target->sync->describe) &&
              has_operation(target, target->sync->cancel);
    return ok ? NULL : "Stepwell has no model of the actions that watch the job: see --aws-models";
}

static const char *find_optimized(sw_aws *aws, sw_str type, sw_str action, bool sync,
                                  sw_aws_target *target)
{
    for (size_t i = 0; i < COUNT(services) && target->optimized == NULL; i++) {
        if (sw_str_is(type, services[i].type))
            target->optimized = &services[i];
    }
    if (target->optimized == NULL)
        return "Stepwell does not call this service";
    target->action = find_action(type, action);
    target->find = find_find(type, action);
    target->sync = sync ? find_sync(type, action) : NULL;
    if (sync && target->sync == NULL)
        return "Stepwell does not wait for jobs of this kind";
    const char *service =
        target->action != NULL ? target->action->service : target->optimized->service;
    if (target->action != NULL)
        action = sw_str_from(target->action->operation);
    const char *trouble =
        find_operation(aws, sw_str_from(service), SW_AWS_NAMES_API, action, &target->operation);
    return trouble == NULL && sync ? check_sync(target) : trouble;
}

const char *sw_aws_find_target(sw_aws *aws, sw_str type, sw_str action, sw_aws_target *target)
{
    static const char sdk[] = "aws-sdk:";
    bool sync = sw_str_take_end(&action, ".sync") || sw_str_take_end(&action, ".sync:2");
    sw_str_take_end(&action, ".waitForTaskToken");
    *target = (sw_aws_target){.optimized = NULL};
    if (!sw_str_begins(type, sdk))
        return find_optimized(aws, type, action, sync, target);
    sw_str service = {type.text + sizeof sdk - 1, type.bytes - (sizeof sdk - 1)};
    return find_operation(aws, service, SW_AWS_NAMES_SDK, action, &target->operation);
}

// Definitions -------------------------------------------------------------------------------------

bool sw_aws_is_more(const sw_aws_target *target, sw_str parameter)
{
    const char *more = target->action == NULL ? NULL : target->action->more;
    return more != NULL && sw_aws_is_among(parameter, more);
}

static bool has_member(sw_value parameters, sw_str key, sw_arena *arena)
{
    return sw_value_find(parameters, key) >= 0 ||
           sw_value_find(parameters, sw_str_format(arena, "%.*s.$", SW_STR_ARG(key))) >= 0;
}

static sw_str find_missing(sw_value shape, sw_value parameters, sw_arena *arena)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    for (size_t i = 0; members.type == SW_OBJECT && i < members.size; i++) {
        sw_str   key = sw_value_key(members, i);
        sw_value member = sw_value_member(members, i);
        sw_str   other = sw_aws_text(member, "api");
        if (sw_aws_flag(member, "need") && !sw_aws_flag(member, "token") &&
            !has_member(parameters, key, arena) &&
            (other.bytes == 0 || !has_member(parameters, other, arena)))
            return sw_str_format(arena, "The field '%.*s' is required but was missing",
                                 SW_STR_ARG(key));
    }
    return (sw_str){"", 0};
}

static sw_str find_unknown(const sw_aws_target *target, sw_value shape, sw_value parameters,
                           sw_arena *arena)
{
    sw_value members = sw_value_get(shape, SW_STR("members"));
    for (size_t i = 0; i < parameters.size; i++) {
        sw_str key = sw_value_key(parameters, i);
        sw_str_take_end(&key, ".$");
        if (!sw_aws_has_member(members, key) && !sw_aws_is_more(target, key))
            return sw_str_format(arena, "The field '%.*s' is not supported by Step Functions",
                                 SW_STR_ARG(key));
    }
    return (sw_str){"", 0};
}

// What a template of ours makes of them is not theirs to name, and what is no object is an
// expression.
sw_str sw_aws_check_parameters(const sw_aws_target *target, sw_value parameters, sw_arena *arena)
{
    sw_value shape = sw_aws_shape(target->operation.service, target->operation.model, "in");
    if ((target->action != NULL && target->action->input != NULL) || parameters.type != SW_OBJECT)
        return (sw_str){"", 0};
    sw_str missing = find_missing(shape, parameters, arena);
    return missing.bytes > 0 ? missing : find_unknown(target, shape, parameters, arena);
}
