/* rest_person.c: requests about people, and about the tokens of who asks. */
#include <stdlib.h>

#include "chat/scope.h"
#include "dialect/json.h"
#include "dialect/json_put.h"
#include "dialect/rest.h"

/* What EVENT_LOGGED_IN said. */
enum decoded rest_me(struct rest_call *rest) {
    char memory[USER_NAME_SIZE_MAX * JSON_GROWTH + 256], words[64];
    const struct rest *own = rest->own;
    struct slice name = {own->name, own->name_size};
    struct buf body, scopes;
    buf_init(&scopes, words, sizeof words);
    scopes_put(&scopes, own->scopes);
    buf_init(&body, memory, sizeof memory);
    json_put_open(&body, NULL, '{');
    json_put_number(&body, "id", own->user);
    json_put_text(&body, "name", name);
    json_put_text_or_null(&body, "account", !(own->scopes & SCOPE_HOOK) ? name : (struct slice){0});
    json_put_text(&body, "scopes", buf_slice(&scopes));
    json_put_close(&body, '}');
    buf_byte(&body, '\n');
    rest_put_json(rest->talk, 200, buf_slice(&body), rest->out);
    rest->own->answered = true;
    return DECODED;
}

enum decoded rest_people(struct rest_call *rest) {
    return rest_give(rest, &(struct command){.kind = COMMAND_PEOPLE});
}

enum decoded rest_person(struct rest_call *rest) {
    return rest_give_person(rest, &(struct command){.kind = COMMAND_WHOIS}, rest->parts[0]);
}

enum decoded rest_tokens(struct rest_call *rest) {
    return rest_give(rest, &(struct command){.kind = COMMAND_TOKENS});
}

enum decoded rest_token_add(struct rest_call *rest) {
    struct command add = {.kind = COMMAND_TOKEN_ADD, .text = rest_text(rest, "name")};
    uint32_t scopes;
    if (!scopes_read(rest_text(rest, "scopes"), &scopes))
        return rest_wrong(rest, REFUSED_SETTING_BAD, 0,
                          slice_of("scopes: read, write, moderate, admin"));
    add.number = scopes;
    return rest_give(rest, &add);
}

enum decoded rest_invitations(struct rest_call *rest) {
    return rest_give(rest, &(struct command){.kind = COMMAND_INVITATIONS});
}

/* uses: how many it lets in, 0 or nothing any; days: nothing is a week. */
enum decoded rest_invitation_add(struct rest_call *rest) {
    struct command add = {.kind = COMMAND_INVITATION};
    uint64_t days = 0;
    if (!rest_number(rest, "uses", INT32_MAX, &add.number)) return DECODED;
    if (!rest_number(rest, "days", INT32_MAX, &days)) return DECODED;
    add.count = (uint32_t)days;
    return rest_give(rest, &add);
}

enum decoded rest_invitation_delete(struct rest_call *rest) {
    struct command gone = {.kind = COMMAND_INVITATION_DELETE};
    if (!slice_number(rest->parts[0], UINT64_MAX >> 1, &gone.target))
        return rest_wrong(rest, REFUSED_NUMBER_BAD, 0, rest->parts[0]);
    return rest_give(rest, &gone);
}

enum decoded rest_token_delete(struct rest_call *rest) {
    struct command gone = {.kind = COMMAND_TOKEN_DELETE};
    if (!slice_number(rest->parts[0], UINT64_MAX >> 1, &gone.target))
        return rest_wrong(rest, REFUSED_NUMBER_BAD, 0, rest->parts[0]);
    return rest_give(rest, &gone);
}

/* An incoming webhook. The name that it speaks under looks like somebody's only where it is free.
 */
enum decoded rest_hook_add(struct rest_call *rest) {
    struct command add = {.kind = COMMAND_TOKEN_ADD}, shown = add;
    if (!decoder_name(rest->decoder, rest->talk, rest_text(rest, "shown"), &shown)) return DECODED;
    add.text = rest_text(rest, "name");
    add.about = shown.name;
    add.skeleton = shown.skeleton;
    return rest_give_room(rest, &add);
}

enum decoded rest_schema(struct rest_call *rest) {
    struct http_answer answer = {
        .status = 200, .flags = rest->talk->answers, .type = "application/schema+json"};
    struct buf schema;
    char *memory = malloc(JSON_SCHEMA_SIZE_MAX);
    buf_init(&schema, memory, memory ? JSON_SCHEMA_SIZE_MAX : 0);
    json_schema(&schema);
    if (!buf_ok(&schema)) answer.status = 503; /* no memory */
    http_put_answer(rest->out, &answer, buf_slice(&schema));
    rest->own->answered = true;
    free(memory);
    return DECODED;
}

extern const char rest_openapi_text[];
extern const unsigned long rest_openapi_size;

enum decoded rest_openapi(struct rest_call *rest) {
    struct http_answer answer = {
        .status = 200, .flags = rest->talk->answers, .type = "application/yaml"};
    http_put_answer(rest->out, &answer, (struct slice){rest_openapi_text, rest_openapi_size});
    rest->own->answered = true;
    return DECODED;
}
