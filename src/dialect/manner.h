/* manner.h: how a listener talks: what of the configuration the dialects must know. */
#ifndef DIALECT_MANNER_H
#define DIALECT_MANNER_H

#include "base/address.h"
#include "base/secret.h"
#include "base/slice.h"
#include "chat/limits.h"

enum sender_shown { SENDER_NONE, SENDER_UID, SENDER_NAME };

/* How a listener's sessions talk. Immutable; it outlives its sessions. */
struct manner {
    enum dialect_kind dialect;
    uint8_t sender;                          /* enum sender_shown: friendly, dollar */
    bool greeting, announce, commands, crlf; /* line */
    bool colour;                             /* friendly */
    uint32_t backlog_lines;
    uint32_t auto_wait_ms; /* auto: one silent for so long is sent the line prompt */
    uint32_t line_size;    /* bytes at most, without the line's end */
    uint32_t message_size; /* bytes of what is said in one message */
    uint32_t body_size;    /* bytes of a JSON message, or of a request's body */
    uint32_t name_size;    /* bytes of a person's name */
    uint32_t channel_size, topic_size, why_size, away_size; /* told to IRC clients */
    uint32_t rooms_max, list_max;                           /* 0: any number */
    bool scram;                                             /* accounts have verifiers of it */
    bool registers, registers_first, registers_by_mail; /* accounts are made; before one comes */
    uint32_t multiline_bytes, multiline_lines; /* of one message that IRC clients give in lines */
    uint32_t history_max;                      /* messages that one request gives */
    const struct slice *stored_tags, *origins; /* of history; of pages that open a WebSocket */
    uint32_t stored_tag_count, origin_count;
    struct slice listens; /* "127.0.0.1:7070", "unix:/run/x.sock"; of the same configuration */
    const struct network *forwarders; /* proxies that are believed whom they come for; the same */
    uint32_t forwarder_count;
    bool forwards_unix;           /* and who comes by a Unix socket */
    struct slice server, network; /* how IRC calls them; of a configuration that is kept */
    bool latin1; /* what IRC clients send that is not UTF-8 is read so; else it is refused */
    bool precis; /* how IRC clients are to fold the case of names */
    uint32_t metadata_keys, metadata_subs, monitor_max; /* the last two a session */
    struct slice description, motd;  /* of the server; lines, kept as long as the process */
    bool guests, accounts, searches; /* are let in; there are; texts are searched */
    struct slice icon;               /* URL; empty: none */
    uint32_t sts_seconds; /* IRC clients are to come by TLS for so long, to sts_port; 0: need not */
    uint16_t sts_port;
    bool gateways_unix;             /* a unix socket is a gateway */
    const struct network *gateways; /* that may say WEBIRC; of a configuration that is kept */
    uint32_t gateway_count;
    unsigned char gateway_password[SECRET_HASH_SIZE]; /* by secret_hash() */
    bool asks_password; /* of every connection; only IRC has a way to say it */
    unsigned char password[SECRET_HASH_SIZE]; /* by secret_hash() */
    uint8_t room_size, room_key_size;
    char room[ROOM_NAME_SIZE_MAX]; /* that people enter by saying who they are */
    char room_key[ROOM_KEY_MAX];
};

#endif
