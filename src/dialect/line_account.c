/* line_account.c: the line dialect's commands about accounts. */
#include "dialect/line.h"

/* Also the first line of a session: nobody has said yet who it is. */
void line_login(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk, (void)rest;
    decoder_refuse(decoder, REFUSED_NO_ACCOUNTS, 0, (struct slice){0}, 0);
}

void line_register(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk, (void)rest;
    decoder_refuse(decoder, REFUSED_NO_ACCOUNTS, 0, (struct slice){0}, 0);
}

void line_account_answer(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_LOGGED_IN)
        line_reply_parts(talk, "you are logged in as ", event->author_name, "", out);
    else if (event->kind == EVENT_TOKEN)
        line_reply_parts(talk, "your token, shown once: ", event->text, "", out);
}
