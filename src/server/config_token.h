/* config_token.h: the words, strings and marks of a configuration file, one at a time. */
#ifndef SERVER_CONFIG_TOKEN_H
#define SERVER_CONFIG_TOKEN_H

#include "base/buf.h"
#include "server/config_place.h"

enum config_token_kind {
    CONFIG_TOKEN_END,
    CONFIG_TOKEN_WORD,
    CONFIG_TOKEN_STRING,
    CONFIG_TOKEN_MARK /* one of { } = , */
};

struct config_token {
    enum config_token_kind kind;
    char quote;        /* of a string */
    struct slice text; /* without its quotes, with its backslashes */
    uint32_t line;     /* on which it begins */
};

struct config_reader {
    struct slice rest;
    uint32_t line;
    struct config_place *place; /* its line is that of the last token or of what is wrong */
    struct config_error *error;
    struct buf *out; /* gets a newline for each that was read */
};

/* False and the reader's error: no token can begin or end here. */
bool config_token_next(struct config_reader *reader, struct config_token *token);

bool config_token_is(const struct config_token *token, char mark);

/* Write a word or string so that libconfuse reads exactly it: in double quotes, no `$` bare. */
void config_token_quote(const struct config_token *token, struct buf *out);

#endif
