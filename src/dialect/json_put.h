/* json_put.h: JSON text (RFC 8259) straight into a buffer. Pure. What people wrote is escaped so
 * that no control character, no U+2028 or U+2029 and nothing that is not UTF-8 leaves as it is; so
 * a whole object is one line of text. */
#ifndef DIALECT_JSON_PUT_H
#define DIALECT_JSON_PUT_H

#include "base/buf.h"

/* Bytes that one byte of text becomes at most: \u0001. */
enum { JSON_GROWTH = 6 };

/* A string with its quotes. */
void json_put_string(struct buf *out, struct slice text);

/* An object or list begins and ends; `key` is NULL inside a list, or for the outermost. Commas are
 * put where they belong. */
void json_put_open(struct buf *out, const char *key, char bracket);
void json_put_close(struct buf *out, char bracket);

void json_put_text(struct buf *out, const char *key, struct slice text);
void json_put_word(struct buf *out, const char *key, const char *word); /* plain ASCII */
void json_put_number(struct buf *out, const char *key, uint64_t number);
void json_put_bool(struct buf *out, const char *key, bool value);
void json_put_null(struct buf *out, const char *key);
/* 16 hex digits, as a string: more than a number of JavaScript holds. */
void json_put_hex(struct buf *out, const char *key, uint64_t number, int digits);
/* The text, or null where it is empty. */
void json_put_text_or_null(struct buf *out, const char *key, struct slice text);

#endif
