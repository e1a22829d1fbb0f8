// resource.c: taking a Task's Resource apart.
//
//     arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]      a function
//     arn:aws:states:REGION:ACCOUNT:activity:NAME              an activity
//     arn:aws:states:::TYPE:ACTION[.PATTERN]                   an optimized integration
//     arn:aws:states:::aws-sdk:SERVICE:ACTION[.PATTERN]        any action of any service
//     SCHEME:ANYTHING                                          spec: Resource is a URI. AWS would
//     refuse it.

#include "asl/resource.h"

enum { R = 1, SYNC = 2, SYNC2 = 4, TOKEN = 8 };

static const struct {
    sw_str   type, action;
    unsigned patterns;
} integrations[] = {
#define RESOURCE(type, action, patterns)                                                           \
    {{type, sizeof(type) - 1}, {action, sizeof(action) - 1}, patterns},
#include "asl/resources.def"
#undef RESOURCE
};

static const sw_str sdk_services[] = {
#define SERVICE(name) {name, sizeof(name) - 1},
#define REFUSED(service, action)
#include "asl/aws_sdk.def"
#undef SERVICE
#undef REFUSED
};

static const struct {
    sw_str service, action;
} sdk_refused[] = {
#define SERVICE(name)
#define REFUSED(service, action) {{service, sizeof(service) - 1}, {action, sizeof(action) - 1}},
#include "asl/aws_sdk.def"
#undef SERVICE
#undef REFUSED
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

// Pieces ----------------------------------------------------------------------------------------

// Cuts the text before the next colon off *rest; all of it when there is none.
static sw_str cut(sw_str *rest)
{
    const char *colon = rest->bytes > 0 ? memchr(rest->text, ':', rest->bytes) : NULL;
    sw_str      piece = *rest;
    if (colon == NULL) {
        *rest = (sw_str){rest->text + rest->bytes, 0};
        return piece;
    }
    piece.bytes = (size_t)(colon - rest->text);
    *rest = (sw_str){colon + 1, rest->bytes - piece.bytes - 1};
    return piece;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Not empty, and nothing but letters, digits and those characters.
static bool is_made_of(sw_str text, const char *also)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (!is_alnum(text.text[i]) && (text.text[i] == 0 || strchr(also, text.text[i]) == NULL))
            return false;
    }
    return text.bytes > 0;
}

// Integrations ----------------------------------------------------------------------------------

static unsigned take_pattern(sw_str *action)
{
    if (sw_str_take_end(action, ".waitForTaskToken"))
        return TOKEN;
    if (sw_str_take_end(action, ".sync:2"))
        return SYNC2;
    return sw_str_take_end(action, ".sync") ? SYNC : R;
}

static bool is_sdk_service(sw_str service)
{
    size_t low = 0, high = COUNT(sdk_services);
    while (low < high) {
        size_t middle = (low + high) / 2;
        sw_str other = sdk_services[middle];
        size_t shorter = other.bytes < service.bytes ? other.bytes : service.bytes;
        int    order = memcmp(service.text, other.text, shorter);
        if (order == 0)
            order = (service.bytes > other.bytes) - (service.bytes < other.bytes);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

// The first letter may be of either case: describeX as documented, DescribeX as deployed.
static bool same_action(sw_str a, sw_str b)
{
    return a.bytes == b.bytes && (a.text[0] | 0x20) == (b.text[0] | 0x20) &&
           memcmp(a.text + 1, b.text + 1, a.bytes - 1) == 0;
}

static bool is_sdk_action(sw_str service, sw_str action)
{
    if (!is_sdk_service(service) || !is_made_of(action, "_"))
        return false;
    if (sw_str_is(service, "securitylake") && action.bytes > 8 &&
        (sw_str_begins((sw_str){action.text + action.bytes - 8, 8}, "DataLake") ||
         sw_str_begins((sw_str){action.text + action.bytes - 8, 8}, "Datalake")))
        return false;
    for (size_t i = 0; i < COUNT(sdk_refused); i++) {
        if (sw_str_equal(sdk_refused[i].service, service) &&
            same_action(sdk_refused[i].action, action))
            return false;
    }
    return true;
}

static bool is_optimized(sw_str type, sw_str action, unsigned pattern)
{
    for (size_t i = 0; i < COUNT(integrations); i++) {
        if (sw_str_equal(integrations[i].action, action) &&
            sw_str_equal(integrations[i].type, type))
            return (integrations[i].patterns & pattern) != 0;
    }
    return false;
}

static void set_service(sw_task *task, sw_str type, sw_str resource, unsigned pattern)
{
    task->kind = SW_RESOURCE_SERVICE;
    task->resource_type = type;
    task->resource = resource;
    task->pattern = pattern == R       ? SW_PATTERN_REQUEST_RESPONSE
                    : pattern == TOKEN ? SW_PATTERN_WAIT_FOR_TASK_TOKEN
                                       : SW_PATTERN_SYNC;
}

static bool parse_service(sw_str type, sw_str rest, sw_task *task)
{
    sw_str action = rest;
    if (!sw_str_is(type, "aws-sdk")) {
        unsigned pattern = take_pattern(&action);
        set_service(task, type, rest, pattern);
        return is_optimized(type, action, pattern);
    }
    sw_str   service = cut(&action);
    sw_str   whole = {type.text, (size_t)(service.text + service.bytes - type.text)};
    sw_str   resource = action;
    unsigned pattern = take_pattern(&action);
    set_service(task, whole, resource, pattern);
    return (pattern & (R | TOKEN)) != 0 && is_sdk_action(service, action);
}

// ARNs ------------------------------------------------------------------------------------------

static bool parse_states(sw_str region, sw_str account, sw_str rest, sw_task *task)
{
    sw_str type = cut(&rest);
    if (!sw_str_is(type, "activity"))
        return parse_service(type, rest, task);
    task->kind = SW_RESOURCE_ACTIVITY;
    task->pattern = SW_PATTERN_REQUEST_RESPONSE;
    return is_made_of(region, "-") && is_made_of(account, "") && rest.bytes > 0 &&
           memchr(rest.text, ':', rest.bytes) == NULL;
}

// NAME or NAME:ALIAS or NAME:$LATEST.
static bool is_function(sw_str rest)
{
    sw_str whole = rest;
    sw_str name = cut(&rest);
    if (!is_made_of(name, "-_."))
        return false;
    if (name.bytes == whole.bytes)
        return true;
    return sw_str_is(rest, "$LATEST") || is_made_of(rest, "-_");
}

static sw_resource_finding parse_lambda(sw_str region, sw_str account, sw_str rest, sw_task *task)
{
    sw_str word = rest, name = rest;
    word = cut(&name);
    task->kind = SW_RESOURCE_LAMBDA;
    if (!sw_str_is(word, "function"))
        return rest.bytes > 0 ? SW_RESOURCE_FOREIGN : SW_RESOURCE_REFUSED;
    // aws: recorded, function:your-region:your-account-id is taken.
    if (!is_made_of(region, "-") || !is_made_of(account, "-") || !is_function(name))
        return SW_RESOURCE_REFUSED;
    return SW_RESOURCE_FOUND;
}

static sw_resource_finding parse_arn(sw_str rest, sw_task *task)
{
    sw_str partition = cut(&rest), service = cut(&rest), region = cut(&rest), account = cut(&rest);
    if (!is_made_of(partition, "-") || !is_made_of(service, "-") || rest.bytes == 0)
        return SW_RESOURCE_REFUSED;
    if (sw_str_is(service, "states"))
        return parse_states(region, account, rest, task) ? SW_RESOURCE_FOUND : SW_RESOURCE_REFUSED;
    if (sw_str_is(service, "lambda"))
        return parse_lambda(region, account, rest, task);
    return SW_RESOURCE_FOREIGN;
}

// A URI without authority (mailto:x, not http://x), or a ${Placeholder} that somebody will fill in.
static bool is_foreign(sw_str text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if ((unsigned char)text.text[i] <= ' ')
            return false;
    }
    if (sw_str_begins(text, "${"))
        return text.bytes > 3 && text.text[text.bytes - 1] == '}';
    sw_str rest = text;
    sw_str scheme = cut(&rest);
    return is_made_of(scheme, "+.-") && rest.bytes > 0 && !sw_str_begins(rest, "//");
}

sw_resource_finding sw_resource_parse(sw_str arn, sw_task *task)
{
    task->arn = arn;
    task->kind = SW_RESOURCE_LAMBDA;
    task->pattern = SW_PATTERN_REQUEST_RESPONSE;
    if (sw_str_begins(arn, "arn:"))
        return parse_arn((sw_str){arn.text + 4, arn.bytes - 4}, task);
    return is_foreign(arn) ? SW_RESOURCE_FOREIGN : SW_RESOURCE_REFUSED;
}

// Express ---------------------------------------------------------------------------------------

void sw_resource_check_express(sw_report *report, const sw_task *task, const sw_place *place)
{
    if (task->kind == SW_RESOURCE_ACTIVITY)
        sw_report_error(report, place, SW_CODE_SCHEMA,
                        "Express state machine does not support Activity ARN");
    else if (task->pattern == SW_PATTERN_SYNC)
        sw_report_error(report, place, SW_CODE_SCHEMA,
                        "Express state machine does not support '.sync' service integration");
    else if (task->pattern == SW_PATTERN_WAIT_FOR_TASK_TOKEN)
        // aws: the blank at the end is recorded.
        sw_report_error(report, place, SW_CODE_SCHEMA,
                        "Express state machine does not support '.waitForTaskToken' service "
                        "integration ");
}
