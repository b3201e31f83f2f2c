/* rest_hook.c: /hooks/TOKEN takes what other programs send to Slack or Mattermost: JSON, or a form
 * whose field `payload` is JSON, with `text` and maybe attachments. What it is shown under, and
 * where, is the token's and not the sender's to say. */
#include <stdlib.h>

#include "dialect/rest.h"

enum { ATTACHMENTS_MAX = 20 };

/* Slack's markup, as people read it: <https://a.example|words>, <@U1>, <!here>, &lt; */
static void put_plain(struct buf *out, struct slice text) {
    static const struct {
        const char *escaped, *plain;
    } escapes[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}};
    while (text.size > 0) {
        bool found = false;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes && !found; i++) {
            if (!slice_starts(text, slice_text(escapes[i].escaped))) continue;
            buf_text(out, escapes[i].plain);
            text = slice_from(text, strlen(escapes[i].escaped));
            found = true;
        }
        if (found) continue;
        const char *end = text.at[0] == '<' ? memchr(text.at, '>', text.size) : NULL;
        if (!end) {
            if (text.at[0] != '\r') buf_byte(out, text.at[0]);
            text = slice_from(text, 1);
            continue;
        }
        struct slice label = {text.at + 1, (size_t)(end - text.at - 1)};
        struct slice link = slice_until(&label, '|');
        bool mention = link.size > 0 && memchr("@!#", link.at[0], 3) != NULL;
        if (mention) buf_byte(out, link.at[0] == '#' ? '#' : '@');
        if (label.size > 0) buf_put(out, label);
        if (label.size > 0 && !mention) buf_text(out, " (");
        if (label.size == 0 || !mention) buf_put(out, mention ? slice_from(link, 1) : link);
        if (label.size > 0 && !mention) buf_byte(out, ')');
        text = slice_from(text, (size_t)(end - text.at) + 1);
    }
}

static struct slice string_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value)) return (struct slice){0};
    return (struct slice){json_string_value(value), json_string_length(value)};
}

static void put_part(struct buf *out, struct slice text) {
    if (text.size == 0) return;
    if (out->size > 0) buf_byte(out, '\n');
    put_plain(out, text);
}

/* What of an attachment is text; its colours and pictures are left out. */
static void put_attachment(struct buf *out, const json_t *attachment) {
    struct slice title = string_of(attachment, "title"), text = string_of(attachment, "text");
    put_part(out, string_of(attachment, "pretext"));
    put_part(out, title);
    struct slice link = string_of(attachment, "title_link");
    if (title.size > 0 && link.size > 0) {
        buf_byte(out, ' ');
        buf_put(out, link);
    }
    put_part(out, text);
    if (title.size == 0 && text.size == 0) put_part(out, string_of(attachment, "fallback"));
    const json_t *fields = json_object_get(attachment, "fields");
    for (size_t i = 0; i < json_array_size(fields) && i < ATTACHMENTS_MAX; i++) {
        const json_t *field = json_array_get(fields, i);
        put_part(out, string_of(field, "title"));
        if (string_of(field, "value").size > 0) buf_text(out, ": ");
        put_plain(out, string_of(field, "value"));
    }
}

/* `blocks`, where there is no `text`. */
static void put_blocks(struct buf *out, const json_t *blocks) {
    for (size_t i = 0; i < json_array_size(blocks) && i < ATTACHMENTS_MAX; i++)
        put_part(out, string_of(json_object_get(json_array_get(blocks, i), "text"), "text"));
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The field `payload` of a form, decoded in place of `memory`, which is as large as the body. */
static struct slice payload_of(struct slice form, char *memory) {
    while (form.size > 0) {
        struct slice value = slice_until(&form, '&'), name = slice_until(&value, '=');
        if (!slice_equal(name, slice_of("payload"))) continue;
        size_t size = 0;
        for (size_t i = 0; i < value.size; i++) {
            char c = value.at[i] == '+' ? ' ' : value.at[i];
            bool coded = c == '%' && i + 2 < value.size && hex_value(value.at[i + 1]) >= 0 &&
                         hex_value(value.at[i + 2]) >= 0;
            if (coded) {
                c = (char)(hex_value(value.at[i + 1]) * 16 + hex_value(value.at[i + 2]));
                i += 2;
            }
            memory[size++] = c;
        }
        return (struct slice){memory, size};
    }
    return (struct slice){0};
}

static enum decoded say_it(struct rest_call *rest, const json_t *payload) {
    size_t cap = rest->call->body.size * 2 + 64;
    char *memory = malloc(cap);
    if (!memory) return rest_wrong(rest, REFUSED_SERVER_FULL, 0, (struct slice){0});
    struct buf text;
    buf_init(&text, memory, cap);
    put_part(&text, string_of(payload, "text"));
    if (text.size == 0) put_blocks(&text, json_object_get(payload, "blocks"));
    const json_t *attachments = json_object_get(payload, "attachments");
    for (size_t i = 0; i < json_array_size(attachments) && i < ATTACHMENTS_MAX; i++)
        put_attachment(&text, json_array_get(attachments, i));
    enum decoded decoded = DECODED;
    if (!buf_ok(&text))
        decoded = rest_wrong(rest, REFUSED_TEXT_TOO_LONG, cap, (struct slice){0});
    else if (text.size == 0)
        decoded = rest_fail(rest, 400, "no_text", "no_text: the payload holds nothing to say");
    else if (rest_text_fits(rest, buf_slice(&text)))
        decoded = rest_give(rest, &(struct command){.kind = COMMAND_SAY, .text = buf_slice(&text)});
    free(memory);
    return decoded;
}

enum decoded rest_hook(struct rest_call *rest) {
    struct slice body = rest->call->body;
    char *memory = malloc(body.size + 1);
    if (!memory) return rest_wrong(rest, REFUSED_SERVER_FULL, 0, (struct slice){0});
    bool form =
        slice_starts(body, slice_of("payload=")) || memmem(body.at, body.size, "&payload=", 9);
    if (form && !rest_is_json(rest)) body = payload_of(body, memory);
    rest->body = rest_json(body);
    enum decoded decoded = json_is_object(rest->body) ? say_it(rest, rest->body)
                                                      : rest_fail(rest, 400, "invalid_payload",
                                                                  "the payload is no JSON object");
    free(memory);
    return decoded;
}
