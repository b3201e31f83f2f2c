/* rest_webhook.c: outgoing webhooks of a room: made, listed, deleted, and how they are shown. The
 * form is that of https://www.standardwebhooks.com, for which there are libraries. */
#include <sodium.h>

#include "base/check.h"
#include "chat/webhook.h"
#include "dialect/json_put.h"
#include "dialect/rest.h"

enum decoded rest_webhooks(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_WEBHOOKS});
}

enum decoded rest_webhook_add(struct rest_call *rest) {
    return rest_give_room(
        rest, &(struct command){.kind = COMMAND_WEBHOOK_ADD, .text = rest_text(rest, "url")});
}

enum decoded rest_webhook_delete(struct rest_call *rest) {
    struct command gone = {.kind = COMMAND_WEBHOOK_DELETE, .text = rest->parts[1]};
    if (!slice_number(rest->parts[1], UINT64_MAX >> 1, &gone.target))
        return rest_wrong(rest, REFUSED_NUMBER_BAD, 0, rest->parts[1]);
    return rest_give_room(rest, &gone);
}

void rest_webhook_put(const struct event *event, struct buf *out) {
    char secret[sodium_base64_ENCODED_LEN(WEBHOOK_SECRET_SIZE, sodium_base64_VARIANT_ORIGINAL)];
    char memory[sizeof secret + 8];
    struct buf shown;
    check(event->text.size == WEBHOOK_SECRET_SIZE);
    sodium_bin2base64(secret, sizeof secret, (const unsigned char *)event->text.at,
                      event->text.size, sodium_base64_VARIANT_ORIGINAL);
    buf_init(&shown, memory, sizeof memory);
    buf_text(&shown, "whsec_");
    buf_text(&shown, secret);
    json_put_number(out, "id", event->number);
    json_put_text(out, "url", event->other);
    json_put_text(out, "secret", buf_slice(&shown));
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(memory, sizeof memory);
}

void rest_webhook_put_line(const struct webhook_line *line, struct buf *out) {
    json_put_number(out, "id", line->number);
    json_put_text(out, "url", line->url);
    json_put_text(out, "by", line->maker);
    json_put_number(out, "behind", line->behind);
    json_put_number(out, "failures", line->failures);
    json_put_text_or_null(out, "fault", line->fault);
    if (line->status > 0) json_put_number(out, "status", line->status);
}
