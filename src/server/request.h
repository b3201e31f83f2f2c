/* request.h: the lines of the control socket. A request is words, each with its size before it, and
 * a newline; the answer is pieces of output, then how it ended. Pure.
 *
 *     1:18:user-add5:alice8:password\n        the first word is REQUEST_VERSION
 *     o 6\nbytes!     e 7\nsorry..\n            for standard output, for standard error
 *     . 0\n                                     the end, and the exit code */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "base/buf.h"

enum {
    REQUEST_SIZE_MAX = 8192, /* bytes of a whole request */
    REQUEST_WORDS_MAX = 8,
    ANSWER_PIECE_MAX = 262144, /* bytes of one piece of output */
};

#define REQUEST_VERSION slice_of("1")

struct request {
    uint32_t count;
    struct slice words[REQUEST_WORDS_MAX]; /* of the bytes it was read from */
};

enum request_found { REQUEST_PART, REQUEST_WHOLE, REQUEST_WRONG };

/* Look for a request at the start of `bytes`. REQUEST_WHOLE: *size bytes were it. REQUEST_PART:
 * more must come, and may. */
enum request_found request_read(struct slice bytes, struct request *request, size_t *size);

void request_write(struct buf *out, const struct slice *words, uint32_t count);

enum answer_kind { ANSWER_OUTPUT = 'o', ANSWER_ERROR = 'e', ANSWER_END = '.' };

struct answer {
    enum answer_kind kind;
    uint32_t number; /* bytes that follow; ANSWER_END: the exit code */
};

/* The head of a piece, its newline included. */
enum request_found answer_read(struct slice bytes, struct answer *answer, size_t *size);
void answer_write(struct buf *out, enum answer_kind kind, uint32_t number);

#endif
