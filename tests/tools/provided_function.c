// provided_function.c: a handler without a runtime: speaks the Lambda Runtime API by itself, over
// one connection a request. Its result is its event, with "by": "C" in front.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MAX (1 << 16)

static int dial(void)
{
    char               host[64];
    unsigned           port;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (sscanf(getenv("AWS_LAMBDA_RUNTIME_API"), "%63[^:]:%u", host, &port) != 2)
        exit(2);
    inet_pton(AF_INET, host, &address.sin_addr);
    address.sin_port = htons((unsigned short)port);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(file, (struct sockaddr *)&address, sizeof address) != 0)
        exit(3);
    return file;
}

// Sends a request and reads the answer until it is whole; returns its body.
static char *call(const char *request, char answer[BYTES_MAX])
{
    int    file = dial();
    size_t bytes = 0;
    if (write(file, request, strlen(request)) < 0)
        exit(4);
    for (;;) {
        ssize_t n = read(file, answer + bytes, BYTES_MAX - 1 - bytes);
        if (n <= 0)
            exit(5);
        answer[bytes += (size_t)n] = '\0';
        char *body = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "content-length:");
        if (body != NULL && strlen(body + 4) >= (size_t)atoi(length + 15)) {
            close(file);
            return body + 4;
        }
    }
}

int main(void)
{
    static char answer[BYTES_MAX], ignored[BYTES_MAX], result[BYTES_MAX], request[2 * BYTES_MAX];
    for (;;) {
        char  id[64];
        char *event =
            call("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n", answer);
        sscanf(strcasestr(answer, "request-id:"), "%*s %63s", id);
        if (strstr(event, "crash") != NULL)
            abort();
        snprintf(result, sizeof result, "{\"by\":\"C\",\"event\":%.30000s}", event);
        snprintf(request, sizeof request,
                 "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
                 id, strlen(result), result);
        call(request, ignored);
    }
}
