// hosts.c: a queue for each scheme, host and port.

#include "integrations/hosts.h"

#include "base/assert.h"
#include "base/hash.h"

#include <stdlib.h>

struct sw_host {
    sw_host *next;
    unsigned running;
    sw_turn  waiting; // the ring's anchor
    size_t   name_bytes;
    char     name[];
};

// http://127.0.0.1:9001 of a whole URL
static sw_str name_of(sw_str url)
{
    size_t slashes = 0, i = 0;
    while (i < url.bytes && (slashes += url.text[i] == '/') < 3)
        i++;
    return (sw_str){url.text, i};
}

static sw_host **bucket_of(sw_hosts *hosts, sw_str name)
{
    return &hosts->buckets[sw_hash_slot(sw_hash_text(name), 256)];
}

static sw_host *find(sw_hosts *hosts, sw_str name)
{
    sw_host **bucket = bucket_of(hosts, name), *host = *bucket;
    while (host != NULL && !sw_str_equal((sw_str){host->name, host->name_bytes}, name))
        host = host->next;
    if (host != NULL)
        return host;
    host = calloc(1, sizeof *host + name.bytes);
    SW_ASSERT(host != NULL);
    host->next = *bucket;
    host->waiting.left = host->waiting.right = &host->waiting;
    host->name_bytes = name.bytes;
    memcpy(host->name, name.text, name.bytes);
    return *bucket = host;
}

static void forget(sw_hosts *hosts, sw_host *host)
{
    sw_host **link = bucket_of(hosts, (sw_str){host->name, host->name_bytes});
    while (*link != host)
        link = &(*link)->next;
    *link = host->next;
    free(host);
}

bool sw_hosts_enter(sw_hosts *hosts, sw_str url, sw_turn *turn)
{
    sw_host *host = find(hosts, name_of(url));
    turn->host = host;
    turn->waits = host->running >= hosts->at_once;
    if (!turn->waits) {
        host->running++;
        return true;
    }
    turn->left = host->waiting.left;
    turn->right = &host->waiting;
    turn->left->right = turn->right->left = turn;
    return false;
}

static void stop_waiting(sw_turn *turn)
{
    turn->left->right = turn->right;
    turn->right->left = turn->left;
    turn->waits = false;
}

sw_turn *sw_hosts_leave(sw_hosts *hosts, sw_turn *turn)
{
    sw_host *host = turn->host;
    if (turn->waits) { // whoever it waited for is there still
        stop_waiting(turn);
        return NULL;
    }
    sw_turn *next = host->waiting.right;
    if (next != &host->waiting) {
        stop_waiting(next);
        return next; // in its place
    }
    if (--host->running == 0)
        forget(hosts, host);
    return NULL;
}
