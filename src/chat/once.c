/* once.c: hashing client ids. */
#include "chat/once.h"

#include "base/check.h"
#include "base/secret.h"
#include "chat/limits.h"

/* Numbers are put byte by byte: the same on every machine. */
static void put_number(struct buf *out, uint64_t number) {
    for (int i = 0; i < 8; i++)
        buf_byte(out, (char)(number >> 8 * i & 255));
}

static uint64_t number_at(const unsigned char *at) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

struct once_hash once_hash(struct identity whose, struct room_id room, struct slice client_id,
                           struct slice text) {
    unsigned char hash[SECRET_HASH_SIZE];
    char bytes[16 + CLIENT_ID_SIZE_MAX];
    struct once_hash once;
    struct buf id;
    buf_init(&id, bytes, sizeof bytes);
    put_number(&id, whose.v);
    put_number(&id, room.v);
    buf_put(&id, client_id);
    check(buf_ok(&id));
    secret_hash(buf_slice(&id), hash);
    once.id[0] = number_at(hash);
    once.id[1] = number_at(hash + 8);
    secret_hash(text, hash);
    once.text = number_at(hash);
    if (once.text == 0) once.text = 1;
    return once;
}

struct record once_record(const struct record *message) {
    struct once_hash hash =
        once_hash(message->identity, message->room, message->client_id, message->text);
    return (struct record){
        .kind = RECORD_ONCE,
        .room = message->room,
        .seq = message->seq,
        .time_ms = message->time_ms,
        .hex = hash.id[0],
        .epoch = hash.id[1],
        .number = hash.text,
    };
}
