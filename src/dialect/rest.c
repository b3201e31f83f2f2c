/* rest.c: the HTTP API: who asks, and the way of a request. */
#include "dialect/rest.h"

#include "base/check.h"
#include "base/secret.h"
#include "dialect/json.h"
#include "dialect/rest_stream.h"

/* ---- giving ---- */

/* Every command is waited for, also the one that says that a name was wrong. */
struct waiting_decoder {
    struct decoder decoder;
    struct decoder *inner;
};

static void waiting_give(struct decoder *decoder, struct command *command) {
    struct waiting_decoder *own = (struct waiting_decoder *)decoder;
    command->flags |= COMMAND_WAITS;
    own->inner->give(own->inner, command);
}

enum decoded rest_give(struct rest_call *rest, struct command *command) {
    command->reply_code = rest->own->ref;
    rest->decoder->give(rest->decoder, command);
    return DECODED;
}

enum decoded rest_give_room(struct rest_call *rest, struct command *command) {
    check(rest->part_count > 0);
    command->reply_code = rest->own->ref;
    if (decoder_room(rest->decoder, rest->parts[0], command)) rest_give(rest, command);
    return DECODED;
}

enum decoded rest_give_person(struct rest_call *rest, struct command *command, struct slice name) {
    command->reply_code = rest->own->ref;
    if (decoder_name(rest->decoder, rest->talk, name, command)) rest_give(rest, command);
    return DECODED;
}

enum decoded rest_fail(struct rest_call *rest, int status, const char *code, const char *text) {
    rest_put_error(rest->talk, status, code, slice_text(text), 0, rest->out);
    rest->own->answered = true;
    return DECODED;
}

enum decoded rest_wrong(struct rest_call *rest, enum refusal why, uint64_t number,
                        struct slice text) {
    rest_put_refused(rest->talk, why, number, text, rest->out);
    rest->own->answered = true;
    return DECODED;
}

/* ---- who asks ---- */

static bool is_hook(const struct call *call) {
    return slice_starts(call->request->path, slice_of("/hooks/"));
}

static bool is_open(const struct rest_route *route) {
    return route->run == rest_openapi || route->run == rest_schema;
}

/* `Authorization: Bearer TOKEN`, or the last part of a webhook's path. */
static bool token_of(const struct call *call, struct slice *token) {
    struct slice value;
    if (is_hook(call)) {
        *token = slice_from(call->request->path, sizeof "/hooks/" - 1);
        return secret_is_token(*token);
    }
    if (!http_header(call->request, slice_of("Authorization"), &value)) return false;
    struct slice scheme = slice_word(&value);
    if (!slice_equal(scheme, slice_of("Bearer")) && !slice_equal(scheme, slice_of("bearer")))
        return false;
    *token = slice_trim(value);
    return secret_is_token(*token);
}

static enum decoded give_login(struct rest_call *rest) {
    struct command login = {
        .kind = COMMAND_LOGIN, .dialect = DIALECT_REST, .address = rest->talk->address};
    if (!token_of(rest->call, &login.secret))
        return rest_fail(rest, 401, "token_needed", "a token is needed: Authorization: Bearer ...");
    login.flags = COMMAND_SILENT;
    rest->own->step = REST_COMES;
    rest_give(rest, &login);
    return DECODED_AGAIN;
}

static enum decoded come(struct rest_call *rest) {
    struct rest *own = rest->own;
    if (own->step != REST_COMES) return give_login(rest);
    /* it was refused, or it would be here by now */
    return rest_wrong(rest, own->refusal ? (enum refusal)own->refusal : REFUSED_LOGIN_WRONG,
                      own->refused_number, (struct slice){0});
}

/* ---- the way of a request ---- */

static enum decoded not_there(struct rest_call *rest, int status, struct slice allowed) {
    char memory[160];
    struct buf more;
    if (status == 404) return rest_fail(rest, 404, "path_unknown", "there is nothing here");
    buf_init(&more, memory, sizeof memory);
    buf_text(&more, "Allow: ");
    buf_put(&more, allowed);
    buf_text(&more, "\r\n");
    struct http_answer answer = {.status = 405,
                                 .flags = rest->talk->answers,
                                 .type = "application/json",
                                 .more = buf_slice(&more)};
    http_put_answer(rest->out, &answer,
                    slice_of("{\"error\":{\"code\":\"method_bad\",\"text\":\"that cannot be done "
                             "here\"}}\n"));
    rest->own->answered = true;
    return DECODED;
}

static bool parts_decode(struct rest_call *rest) {
    for (uint32_t i = 0; i < rest->part_count; i++)
        if (!rest_decode(rest, rest->parts[i], &rest->parts[i])) return false;
    return true;
}

/* What stands in it is only looked at when it is known who asks. */
static enum decoded run(struct rest_call *rest, const struct rest_route *route) {
    if (!parts_decode(rest))
        return rest_fail(rest, 400, "path_bad", "the path is not UTF-8, percent-encoded");
    if (!rest_params_fit(rest, route->params)) return DECODED;
    if (route->keys && !rest_body_fits(rest, route->keys)) return DECODED;
    if (rest->own->step == REST_READY || !rest->own->streams)
        if (rest->own->step != REST_TRIES && rest->own->step != REST_ENTERS)
            rest->own->step = REST_ASKS;
    return route->run(rest);
}

static void request_begins(struct rest *own) {
    own->step = REST_READY;
    own->answered = own->begun = own->more = own->full = own->streams = false;
    own->refusal = 0;
    own->refused_number = 0;
    own->refused_size = 0;
    own->under_way = true;
    if (++own->ref == 0) own->ref = 1;
}

static enum decoded route_and_run(struct rest_call *rest) {
    char memory[64];
    struct buf allowed;
    int status;
    buf_init(&allowed, memory, sizeof memory);
    const struct rest_route *route = rest_route_of(rest, &status, &allowed);
    if (!route) return not_there(rest, status, buf_slice(&allowed));
    rest->own->shape = route->shape;
    bool here = rest->talk->stage == TALK_HERE;
    if (!is_open(route) && !here) return come(rest);
    return run(rest, route);
}

static enum decoded call(struct talk *talk, const struct call *call, struct decoder *decoder,
                         struct buf *out) {
    struct waiting_decoder waiting = {.decoder = *decoder, .inner = decoder};
    struct rest_call rest = {
        .talk = talk, .own = talk->own, .call = call, .decoder = &waiting.decoder, .out = out};
    waiting.decoder.give = waiting_give;
    if (!call->again) request_begins(rest.own);
    if (rest.own->answered) return DECODED; /* by an event, meanwhile */
    buf_init(&rest.decoded, rest.memory, sizeof rest.memory);
    enum decoded decoded = route_and_run(&rest);
    json_decref(rest.body);
    return decoded;
}

/* What is shown of a room depends on nothing: rows of a stream are the same for all. */
static uint64_t view(const struct talk *talk, struct room_id room) {
    (void)talk;
    (void)room;
    return 0;
}

static void forget(struct talk *talk) {
    struct rest *own = talk->own;
    if (own) rest_stream_forget(own);
}

const struct dialect dialect_rest = {.name = "rest",
                                     .own_size = sizeof(struct rest),
                                     .call = call,
                                     .view = view,
                                     .encode = rest_stream_encode,
                                     .turn = rest_stream_turn,
                                     .answer = rest_answer,
                                     .forget = forget};
