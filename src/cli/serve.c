// serve.c: `stepwell serve`: store, task runner and server, put together, until a signal comes.

#include "cli/commands.h"

#include "base/note.h"
#include "cli/files.h"
#include "cli/functions.h"
#include "cli/log.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/tape.h"
#include "integrations/functions/functions.h"
#include "integrations/http/connection.h"
#include "integrations/runner.h"
#include "server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADDRESSES_MAX     8u
#define DEFAULT_MOCK_FILE "MockConfigFile.json" // of Step Functions Local

typedef struct serving {
    const cli_arguments *arguments;
    sw_arena            *arena;
    const char          *addresses[ADDRESSES_MAX + 1];
    long                 port, drain_s, retention_days, calls_per_host;
    const char          *mock_file; // NULL: none
    sw_str               mock_text, certificate, key;
    sw_connections      *connections;
    sw_functions        *functions; // NULL: none
    cli_tape             tape;
    sw_auth             *auth; // NULL: nobody has to sign
    sw_server           *server;
} serving;

static const char *option(const serving *s, cli_option_id id)
{
    return s->arguments->values[id];
}

static bool is_in_memory(const serving *s)
{
    return strcmp(option(s, CLI_OPTION_STORE), "memory") == 0;
}

static bool refuse(const serving *s, const char *message)
{
    cli_usage_error(s->arguments->command, "%s", message);
    return false;
}

// Reading options ---------------------------------------------------------------------------------

static bool read_number(const serving *s, cli_option_id id, long most, long *number)
{
    const char *text = option(s, id);
    char       *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *number >= 0 && *number <= most)
        return true;
    cli_usage_error(s->arguments->command, "--%s must be a number from 0 to %ld, not '%s'",
                    cli_options[id].name, most, text);
    return false;
}

static bool is_loopback(const char *address)
{
    struct in6_addr six;
    struct in_addr  four;
    if (inet_pton(AF_INET, address, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

// Machines without IPv6 are no mistake.
static bool has_ipv6_loopback(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int                 file = socket(AF_INET6, SOCK_STREAM, 0);
    if (file < 0)
        return false;
    bool ok = bind(file, (struct sockaddr *)&address, sizeof address) == 0;
    close(file);
    return ok;
}

static bool read_addresses(serving *s)
{
    size_t      cursor = 0, count = 0;
    const char *address;
    while ((address = cli_arguments_next(s->arguments, CLI_OPTION_LISTEN, &cursor)) != NULL) {
        if (count == ADDRESSES_MAX)
            return refuse(s, "too many addresses to listen on");
        if (!is_loopback(address) && s->auth == NULL && !s->arguments->given[CLI_OPTION_NO_AUTH])
            return refuse(s, "whoever reaches this address could start and stop everything: nobody "
                             "has to prove who they are. Give --credentials, listen on a loopback "
                             "address, or give --no-auth if the network is trusted");
        s->addresses[count++] = address;
    }
    if (count > 0)
        return true;
    s->addresses[0] = "127.0.0.1";
    if (has_ipv6_loopback())
        s->addresses[1] = "::1";
    return true;
}

static bool read_file(const serving *s, const char *file, sw_str *text)
{
    sw_error err = {0};
    if (cli_file_read(s->arena, file, text, &err))
        return true;
    return refuse(s, err.message);
}

static bool read_tls(serving *s)
{
    const char *certificate = option(s, CLI_OPTION_TLS_CERT), *key = option(s, CLI_OPTION_TLS_KEY);
    if (certificate == NULL && key == NULL)
        return true;
    if (certificate == NULL || key == NULL)
        return refuse(s, "--tls-cert and --tls-key go together");
    return read_file(s, certificate, &s->certificate) && read_file(s, key, &s->key);
}

// Others on this machine could read the secrets.
static void warn_of_readers(const char *file)
{
    struct stat status;
    if (stat(file, &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
        fprintf(stderr, "stepwell: warning: others may read %s: chmod 600 it\n", file);
}

static bool read_credentials(serving *s)
{
    const char *file = option(s, CLI_OPTION_CREDENTIALS);
    sw_str      text;
    sw_error    err = {0};
    if (file == NULL)
        return true;
    if (s->arguments->given[CLI_OPTION_NO_AUTH])
        return refuse(s, "--credentials and --no-auth contradict each other");
    if (!read_file(s, file, &text))
        return false;
    warn_of_readers(file);
    return sw_auth_open(file, text, &s->auth, &err) || refuse(s, err.message);
}

// A recording is a mock file, too.
static bool read_mocks(serving *s)
{
    if (!cli_tape_open(&s->tape, s->arguments, s->arena))
        return false;
    if (s->tape.replay != NULL) {
        s->mock_file = s->tape.replay;
        s->mock_text = s->tape.replay_text;
        return option(s, CLI_OPTION_SERVE_MOCK) == NULL ||
               refuse(s, "--mock and --replay contradict each other");
    }
    s->mock_file = option(s, CLI_OPTION_SERVE_MOCK);
    if (s->mock_file == NULL && access(DEFAULT_MOCK_FILE, R_OK) == 0)
        s->mock_file = DEFAULT_MOCK_FILE;
    return s->mock_file == NULL || read_file(s, s->mock_file, &s->mock_text);
}

static bool read_connections(serving *s)
{
    const char *given = option(s, CLI_OPTION_CONNECTIONS);
    sw_value    value = sw_undefined();
    sw_error    err = {0};
    if (given != NULL && given[0] == '@')
        warn_of_readers(given + 1);
    if (given != NULL && !cli_json_read(s->arena, "--connections", given, &value, &err))
        return refuse(s, err.message);
    return sw_connections_open(value, &s->connections, &err) || refuse(s, err.message);
}

// A line of a function's, on its thread
static void print_function_line(void *who, sw_str function, sw_str line)
{
    (void)who;
    fprintf(stderr, "%.*s | %.*s\n", SW_STR_ARG(function), SW_STR_ARG(line));
}

static bool is_reloading(const serving *s)
{
    const char *given = option(s, CLI_OPTION_FUNCTIONS_RELOAD);
    return given != NULL ? strcmp(given, "always") == 0 : s->auth == NULL;
}

static bool read_functions(serving *s)
{
    const char          *given = option(s, CLI_OPTION_FUNCTIONS);
    sw_value             definitions;
    sw_error             err = {0};
    sw_functions_options options = {.account = sw_str_from(option(s, CLI_OPTION_ACCOUNT)),
                                    .region = sw_str_from(option(s, CLI_OPTION_REGION)),
                                    .reload = is_reloading(s),
                                    .log = print_function_line};
    if (given == NULL)
        return true;
    return (cli_functions_read(s->arena, given, &definitions, &err) &&
            sw_functions_open(definitions, ".", &options, &s->functions, &err)) ||
           refuse(s, err.message);
}

// The file must be there and must have certificates; otherwise every call would fail.
static bool read_ca_file(const serving *s)
{
    static const char mark[] = "-----BEGIN CERTIFICATE-----";
    const char       *file = option(s, CLI_OPTION_CA_FILE);
    sw_str            text;
    if (file == NULL)
        return true;
    if (!read_file(s, file, &text))
        return false;
    return strstr(text.text, mark) != NULL ||
           refuse(s, "--ca-file: there is no certificate (PEM) in it");
}

static bool read_kubernetes_token(const serving *s)
{
    const char *file = option(s, CLI_OPTION_KUBERNETES_TOKEN);
    sw_str      text;
    return file == NULL || read_file(s, file, &text);
}

static bool is_public_only(const serving *s)
{
    const char *given = option(s, CLI_OPTION_HTTP_ADDRESSES);
    return given != NULL ? strcmp(given, "public") == 0 : s->auth != NULL;
}

static bool read_account(const serving *s)
{
    const char *account = option(s, CLI_OPTION_ACCOUNT);
    if (strlen(account) == 12 && strspn(account, "0123456789") == 12)
        return true;
    return refuse(s, "--account must be 12 digits");
}

static bool read_options(serving *s)
{
    return read_number(s, CLI_OPTION_PORT, UINT16_MAX, &s->port) &&
           read_number(s, CLI_OPTION_DRAIN, 3600, &s->drain_s) &&
           read_number(s, CLI_OPTION_RETENTION, 36500, &s->retention_days) &&
           read_number(s, CLI_OPTION_CALLS_PER_HOST, 100000, &s->calls_per_host) &&
           read_account(s) && read_credentials(s) && read_addresses(s) && read_tls(s) &&
           read_mocks(s) && read_ca_file(s) && read_kubernetes_token(s) && read_connections(s) &&
           read_functions(s);
}

// Opening -----------------------------------------------------------------------------------------

// Each connection is a file.
static void allow_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_store(const serving *s, sw_store **store, sw_error *err)
{
    sw_store_options options = {.directory = option(s, CLI_OPTION_DATA)};
    if (is_in_memory(s))
        return sw_store_open_memory(&options, store, err);
    return sw_store_open_sqlite(&options, store, err);
}

static const char *print_url(const serving *s, const char *address, long port)
{
    bool        six = strchr(address, ':') != NULL;
    const char *scheme = s->certificate.text == NULL ? "http" : "https";
    return sw_str_format(s->arena, "%s://%s%s%s:%ld", scheme, six ? "[" : "", address,
                         six ? "]" : "", port)
        .text;
}

// Beside the binary, or where make install puts it; NULL: nowhere
static const char *find_models(const serving *s)
{
    static const char *const places[] = {"aws-models", "../share/stepwell/aws-models"};
    char                     binary[PATH_MAX];
    ssize_t                  bytes = readlink("/proc/self/exe", binary, sizeof binary - 1);
    if (option(s, CLI_OPTION_AWS_MODELS) != NULL)
        return option(s, CLI_OPTION_AWS_MODELS);
    while (bytes > 0 && binary[bytes - 1] != '/')
        bytes--;
    for (size_t i = 0; bytes > 0 && i < sizeof places / sizeof *places; i++) {
        const char *name = sw_str_format(s->arena, "%.*s%s", (int)bytes, binary, places[i]).text;
        if (access(name, R_OK) == 0)
            return name;
    }
    return NULL;
}

static const char *find_variable(const char *name)
{
    return getenv(name);
}

// aws-sdk:sfn calls this server, unless another one is configured.
static void set_own_endpoint(const serving *s, sw_runner_options *options)
{
    if (s->port == 0) // which one it will be is not known yet
        return;
    options->own_endpoint = print_url(s, s->addresses[0], s->port);
    if (s->auth != NULL &&
        !sw_auth_find_own(s->auth, options->account, &options->own_key, &options->own_secret))
        options->own_endpoint = NULL;
}

static bool open_runner(const serving *s, sw_task_runner **runner, sw_error *err)
{
    const char       *lambda = option(s, CLI_OPTION_LAMBDA_ENDPOINT);
    sw_runner_options options = {.account = sw_str_from(option(s, CLI_OPTION_ACCOUNT)),
                                 .region = sw_str_from(option(s, CLI_OPTION_REGION)),
                                 .lambda_endpoint = sw_str_from(lambda == NULL ? "" : lambda),
                                 .connections = s->connections,
                                 .functions = s->functions,
                                 .calls_per_host = (unsigned)s->calls_per_host,
                                 .http_public_only = is_public_only(s),
                                 .http_plain = s->arguments->given[CLI_OPTION_HTTP_PLAIN],
                                 .ca_file = option(s, CLI_OPTION_CA_FILE),
                                 .replay_case =
                                     sw_str_from(s->tape.replay != NULL ? s->tape.test_case : ""),
                                 .models_file = find_models(s),
                                 .key_source = option(s, CLI_OPTION_AWS_CREDENTIALS),
                                 .kubernetes_token = option(s, CLI_OPTION_KUBERNETES_TOKEN),
                                 .variable = find_variable,
                                 .mock_file = s->mock_file,
                                 .mock_text = s->mock_text};
    set_own_endpoint(s, &options);
    return sw_runner_open(&options, runner, err);
}

static const char *logs_place(const serving *s)
{
    const char *given = option(s, CLI_OPTION_LOGS);
    const char *cloudwatch = getenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS");
    if (given == NULL && cloudwatch != NULL && cloudwatch[0] != '\0')
        return "cloudwatch";
    if (given != NULL || is_in_memory(s))
        return given;
    return sw_str_format(s->arena, "%s/logs", option(s, CLI_OPTION_DATA)).text;
}

static void observe(void *who, const sw_observed *observed)
{
    cli_ledger_observe(who, observed);
}

static bool open_server(serving *s, sw_store *store, sw_task_runner *runner, sw_error *err)
{
    bool              retry = strcmp(option(s, CLI_OPTION_INTERRUPTED_TASKS), "retry") == 0;
    sw_server_options options = {.addresses = s->addresses,
                                 .port = (uint16_t)s->port,
                                 .store = store,
                                 .runner = runner,
                                 .account = sw_str_from(option(s, CLI_OPTION_ACCOUNT)),
                                 .region = sw_str_from(option(s, CLI_OPTION_REGION)),
                                 .certificate = s->certificate.text,
                                 .key = s->key.text,
                                 .auth = s->auth,
                                 .interrupted_tasks_retry = retry,
                                 .logs = logs_place(s),
                                 .observe = cli_tape_runs(&s->tape) ? observe : NULL,
                                 .observer = &s->tape.ledger,
                                 .retention_ms = s->retention_days * INT64_C(86400000)};
    return sw_server_open(&options, &s->server, err);
}

// The status to end with; CLI_OK: it is open.
static int open_all(serving *s)
{
    sw_store       *store;
    sw_task_runner *runner;
    sw_error        err = {0};
    allow_files();
    if (!open_runner(s, &runner, &err)) {
        fprintf(stderr, "stepwell: %s\n", err.message);
        return CLI_USAGE;
    }
    if (!open_store(s, &store, &err)) {
        runner->close(runner);
        fprintf(stderr, "stepwell: %s\n", err.message);
        return CLI_FAILED;
    }
    if (!open_server(s, store, runner, &err)) { // which closes both
        fprintf(stderr, "stepwell: %s\n", err.message);
        return CLI_FAILED;
    }
    return CLI_OK;
}

// Telling -----------------------------------------------------------------------------------------

static void print_welcome(const serving *s)
{
    const char *lambda = option(s, CLI_OPTION_LAMBDA_ENDPOINT);
    const char *url = print_url(s, s->addresses[0], sw_server_get_port(s->server));
    printf("stepwell " SW_VERSION " serves AWS Step Functions on %s", url);
    for (size_t i = 1; s->addresses[i] != NULL; i++)
        printf(" and %s", print_url(s, s->addresses[i], sw_server_get_port(s->server)));
    if (is_in_memory(s))
        printf("\n  data     in memory, gone when this ends\n");
    else
        printf("\n  data     %s\n", option(s, CLI_OPTION_DATA));
    printf("  lambda   %s\n",
           lambda != NULL ? lambda
           : s->functions != NULL
               ? "the functions of --functions"
               : "at AWS; for others give --functions DIR or --lambda-endpoint URL");
    if (s->mock_file != NULL)
        printf("  mocks    %s\n", s->mock_file);
    printf("\nTry it:\n"
           "  export AWS_ENDPOINT_URL_SFN=%s AWS_DEFAULT_REGION=%s AWS_ACCESS_KEY_ID=test "
           "AWS_SECRET_ACCESS_KEY=test\n"
           "  aws stepfunctions list-state-machines\n",
           url, option(s, CLI_OPTION_REGION));
    fflush(stdout);
}

static void note_start(const serving *s)
{
    const char *data = is_in_memory(s) ? "memory" : option(s, CLI_OPTION_DATA);
    SW_NOTE(SW_NOTE_INFO, "serving", SW_NOTE_TEXT("version", SW_STR(SW_VERSION)),
            SW_NOTE_TEXT("url",
                         sw_str_from(print_url(s, s->addresses[0], sw_server_get_port(s->server)))),
            SW_NOTE_TEXT("data", sw_str_from(data)));
}

// Serving -----------------------------------------------------------------------------------------

static void wait_for_end(serving *s, int signals)
{
    bool stop = false;
    while (!stop) {
        struct pollfd file = {.fd = signals, .events = POLLIN};
        if (poll(&file, 1, 1000) > 0)
            cli_signals_read(signals, &stop);
        sw_server_tick(s->server);
        cli_tape_tick(&s->tape);
    }
}

// A second signal ends the process at once.
static void end(serving *s)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sw_note(SW_NOTE_INFO, "ending", NULL, 0);
    sw_server_close(s->server, s->drain_s * 1000);
    sw_note(SW_NOTE_INFO, "ended", NULL, 0);
}

int cli_serve(const cli_arguments *given, sw_arena *arena)
{
    cli_arguments arguments = *given;
    serving       s = {.arguments = &arguments, .arena = arena};
    if (!cli_settings_fill(&arguments, arena) || !read_options(&s)) {
        sw_functions_close(s.functions);
        sw_connections_close(s.connections);
        return CLI_USAGE;
    }
    bool json = strcmp(option(&s, CLI_OPTION_LOG_FORMAT), "json") == 0;
    cli_log_open(option(&s, CLI_OPTION_LOG_LEVEL), json);
    int signals = cli_signals_open();
    int status = open_all(&s);
    if (status != CLI_OK)
        return status;
    if (!json)
        print_welcome(&s);
    note_start(&s);
    wait_for_end(&s, signals);
    end(&s);
    return cli_tape_close(&s.tape, CLI_OK);
}
