// message.c: what is posted to a shard: one piece of heap, its texts behind it.

#include "server/runtime/internal.h"

#include "base/assert.h"

#include <stdlib.h>

sw_message *sw_message_new(sw_message_kind kind, size_t text_bytes)
{
    sw_message *message = calloc(1, sizeof *message + text_bytes);
    SW_ASSERT(message != NULL);
    message->kind = kind;
    return message;
}

char *sw_message_room(sw_message *message)
{
    return (char *)(message + 1);
}

sw_str sw_message_keep(sw_message *message, char **room, sw_str text)
{
    (void)message;
    sw_str kept = {*room, text.bytes};
    if (text.bytes > 0)
        memcpy(*room, text.text, text.bytes);
    *room += text.bytes;
    return kept;
}

void sw_shard_post(sw_shard *shard, sw_message *message)
{
    message->next = NULL;
    pthread_mutex_lock(&shard->lock);
    bool idle = shard->first == NULL;
    *shard->last = message;
    shard->last = &message->next;
    if (idle)
        pthread_cond_signal(&shard->wake);
    pthread_mutex_unlock(&shard->lock);
}
