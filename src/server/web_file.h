/* web_file.h: the browser client as it lies in the executable. Made by tools/embed; constant. */
#ifndef SERVER_WEB_FILE_H
#define SERVER_WEB_FILE_H

#include "base/slice.h"
#include "server/web.h"

struct web_file {
    const char *path;   /* "/app-5KJ2ZQ3A.js"; NULL ends the table */
    const char *type;   /* Content-Type */
    const char *tag;    /* 16 hex digits of its hash */
    bool immutable;     /* its name changes when it does */
    struct slice plain; /* all three are the same; an empty one was not worth it */
    struct slice gzip, brotli;
};

extern const struct web_file web_files[];

/* The file of that path; the page for `/` and what a page may be at. False: there is none. */
bool web_file_answer(const struct web_asked *asked, struct buf *out);

#endif
