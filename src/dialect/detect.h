/* detect.h: which dialect the first bytes of a connection belong to (WIRE, `auto`). Pure. */
#ifndef DIALECT_DETECT_H
#define DIALECT_DETECT_H

#include "base/slice.h"

enum detected {
    DETECTED_NOT_YET, /* could still become several of them */
    DETECTED_LINE,
    DETECTED_PIPE,
    DETECTED_DOLLAR,
    DETECTED_IRC,
    DETECTED_HTTP,
    DETECTED_TLS,
    DETECTED_PROXY,
};

/* Decides by a whole first word, never by a part of one. Once decided, more bytes do not change
 * it. `\r` and `\n` before the first word are skipped. */
enum detected detect(struct slice bytes);

/* The first line of an HTTP request, or a header of one: a browser was made to speak to us. */
bool detect_http_line(struct slice line);

#endif
