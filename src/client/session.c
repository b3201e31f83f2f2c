/* session.c: the loop's turn without its waiting. */
#include "client/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/secret.h"
#include "client/speak.h"

enum { FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 30000, OUTBOXES_MAX = 9 };

/* ---- files ---- */

static void read_identity(struct session *session) {
    size_t size = 0;
    char *file = place_read(session->state, "identity", &size);
    json_t *facts = file ? json_loadb(file, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (said_text(facts, "token").size == SECRET_TOKEN_SIZE)
        own_set(&session->model->token, said_text(facts, "token"));
    own_set(&session->model->account, said_text(facts, "account"));
    json_decref(facts);
    free(file);
}

/* A guest of ours is the same person when she comes again. */
static void make_token(struct session *session) {
    uint64_t bits[2];
    char token[SECRET_TOKEN_SIZE];
    check(getrandom(bits, sizeof bits, 0) == (ssize_t)sizeof bits);
    secret_token(bits, token);
    own_set(&session->model->token, (struct slice){token, sizeof token});
    session->model->identity_changes++;
}

static void tell_unkept(struct session *session, const char *what, int error) {
    MODEL_FAULT(session->model, session->model->rooms[0], what, " could not be kept in ",
                session->state, ": ", strerror(-error));
}

static void write_identity(struct session *session) {
    json_t *facts = json_object();
    json_object_set_new(facts, "name", text_value(own_slice(session->model->name)));
    if (session->model->account)
        json_object_set_new(facts, "account", text_value(own_slice(session->model->account)));
    if (session->model->token)
        json_object_set_new(facts, "token", text_value(own_slice(session->model->token)));
    char *text = json_dumps(facts, JSON_INDENT(1));
    int error = text ? place_write(session->state, "identity", slice_text(text)) : 0;
    if (error < 0) tell_unkept(session, "Your token", error);
    json_decref(facts);
    free(text);
}

static void read_outbox(struct session *session, const char *file) {
    size_t size = 0;
    char *bytes = place_read(session->state, file, &size);
    if (bytes) outbox_read(&session->model->outbox, (struct slice){bytes, size});
    free(bytes);
}

static void write_outbox(struct session *session) {
    char *text = outbox_text(&session->model->outbox);
    int error = place_write(session->state, session->outbox_file, slice_text(text));
    if (error < 0) tell_unkept(session, "What you say", error);
    free(text);
}

/* Each running client of a name has an outbox of its own; one whose client is gone is taken over.
 */
static bool open_outbox(struct session *session) {
    for (int i = 1; i <= OUTBOXES_MAX; i++) {
        char file[24], lock_file[24];
        snprintf(file, sizeof file, "outbox-%d", i);
        snprintf(lock_file, sizeof lock_file, "lock-%d", i);
        int lock = place_lock(session->state, lock_file);
        if (lock < 0) continue;
        read_outbox(session, file);
        if (session->lock < 0) {
            session->lock = lock;
            snprintf(session->outbox_file, sizeof session->outbox_file, "%s", file);
            continue;
        }
        write_outbox(session);
        place_remove(session->state, file);
        close(lock);
    }
    return session->lock >= 0;
}

static void keep(struct session *session) {
    struct model *model = session->model;
    if (model->outbox.changes != session->outbox_written) {
        write_outbox(session);
        session->outbox_written = model->outbox.changes;
    }
    if (model->identity_changes != session->identity_written) {
        write_identity(session);
        session->identity_written = model->identity_changes;
    }
    if (session->trust.changes != session->trust_written) {
        place_write(session->settings, "known_servers", own_slice(session->trust.known));
        session->trust_written = session->trust.changes;
    }
    if (session->trust.news[0]) {
        MODEL_NEWS(model, model->rooms[0], session->trust.news);
        session->trust.news[0] = 0;
    }
}

/* ---- begin and end ---- */

static void read_trust(struct session *session, bool insecure) {
    size_t size = 0;
    session->trust = (struct trust){.insecure = insecure};
    char *file = place_read(session->settings, "known_servers", &size);
    if (file) own_set(&session->trust.known, (struct slice){file, size});
    free(file);
}

bool session_init(struct session *session, const struct session_options *options,
                  char why[PLACE_MAX]) {
    *session = (struct session){.lock = -1};
    if (!address_read(&session->address, options->server)) {
        snprintf(why, PLACE_MAX, "%.200s is no address; write HOST, HOST:PORT or https://HOST",
                 options->server);
        return false;
    }
    session->address.secure |= options->secure;
    uint64_t run = 0;
    check(getrandom(&run, sizeof run, 0) == (ssize_t)sizeof run);
    session->random = run;
    session->model = model_new(slice_text(options->name), run);
    struct model *model = session->model;
    model->plain = options->plain;
    model->wants_account = options->login || options->new_account;
    model->wants_new_account = options->new_account;
    for (size_t i = 0; i < options->room_count; i++)
        model->wanted_rooms[model->wanted_count++] = own_new(slice_text(options->rooms[i]));
    char server[sizeof session->address.shown + 8];
    snprintf(server, sizeof server, "%s%s", options->dollar ? "dollar-" : "",
             session->address.shown);
    const char *word = options->invitation ? options->invitation : session->address.invitation;
    own_set(&model->invitation, slice_text(word));
    if (session->address.room[0] && model->wanted_count < 16)
        model->wanted_rooms[model->wanted_count++] = own_new(slice_text(session->address.room));
    bool placed =
        place_settings(session->settings) && place_state(session->state, server, options->name);
    if (!placed || !open_outbox(session)) {
        snprintf(why, PLACE_MAX, "cannot keep files in %.900s", session->state);
        return false;
    }
    read_trust(session, options->insecure);
    read_identity(session);
    if (options->new_account) own_set(&model->account, (struct slice){0});
    if (!model->token) make_token(session);
    enum framing framing = options->dollar ? FRAMING_LINES : FRAMING_WEBSOCKET;
    session->connection = connection_new(&session->address, &session->trust, framing);
    if (options->dollar) {
        session->dollar = dollar_new(model);
        outbox_deinit(&model->outbox); /* the rooms' numbers were of that connection */
    }
    session->outbox_written = model->outbox.changes;
    return true;
}

void session_deinit(struct session *session) {
    if (session->connection) {
        keep(session);
        connection_free(session->connection);
    }
    dollar_free(session->dollar);
    if (session->model) model_free(session->model);
    trust_deinit(&session->trust);
    if (session->lock >= 0) close(session->lock);
}

/* ---- a turn ---- */

static void lost(struct session *session) {
    struct model *model = session->model;
    const char *why = connection_why(session->connection);
    struct rng rng = {session->random};
    uint32_t doubled = session->tries < 6 ? session->tries : 6;
    int64_t wait = FIRST_WAIT_MS << doubled;
    if (wait > LONGEST_WAIT_MS) wait = LONGEST_WAIT_MS;
    wait += rng_below(&rng, (uint64_t)wait / 2 + 1);
    session->random = rng.state;
    if (!model->closed_why && *why) own_set(&model->closed_why, slice_text(why));
    bool tell = model->link != LINK_UP && session->tries == 0;
    model_link(model, LINK_DOWN);
    if (tell && model->closed_why) MODEL_FAULT(model, model->rooms[0], model->closed_why);
    own_set(&model->closed_why, (struct slice){0});
    if (session->dollar) dollar_reset(session->dollar);
    session->tries++;
    model->retry_at_ms = model->now_ms + wait;
}

static void hear(struct session *session, const json_t *message) {
    if (session->heard) session->heard(session->reader, message);
    model_hear(session->model, message);
    if (session->model->link == LINK_UP) session->tries = 0;
}

static void hear_text(struct session *session, struct slice text) {
    json_t *message = json_loadb(text.at, text.size, JSON_ALLOW_NUL, NULL);
    if (json_is_object(message)) hear(session, message);
    json_decref(message);
}

static void hear_line(struct session *session, struct slice line) {
    dollar_hear(session->dollar, line);
    for (json_t *message; (message = dollar_take(session->dollar)) != NULL;) {
        hear(session, message);
        json_decref(message);
    }
}

static void send_all(struct session *session) {
    for (char *text; (text = model_take(session->model)) != NULL; free(text)) {
        if (!session->dollar) {
            connection_send(session->connection, slice_text(text));
            continue;
        }
        char *lines = dollar_say(session->dollar, slice_text(text));
        if (lines && *lines) connection_send(session->connection, slice_text(lines));
        free(lines);
        for (json_t *message; (message = dollar_take(session->dollar)) != NULL;) {
            hear(session, message);
            json_decref(message);
        }
    }
}

void session_step(struct session *session) {
    struct model *model = session->model;
    struct connection *connection = session->connection;
    model_tick(model, clock_wall_ms());
    if (connection_is_closed(connection) && model->now_ms >= model->retry_at_ms && !model->quit) {
        if (!model->token) make_token(session); /* the last one was an account's */
        model_link(model, LINK_TRYING);
        connection_open(connection);
    } else if (connection_fd(connection) >= 0) {
        connection_step(connection);
    }
    struct slice message;
    while (connection_take(connection, &message)) {
        if (session->dollar)
            hear_line(session, message);
        else
            hear_text(session, message);
    }
    keep(session);
    send_all(session);
    if (connection_is_closed(connection) && model->link != LINK_DOWN) lost(session);
    keep(session);
}

int session_wait_ms(const struct session *session) {
    const struct model *model = session->model;
    int64_t wait = 1000;
    if (model->link == LINK_DOWN && model->retry_at_ms - model->now_ms < wait)
        wait = model->retry_at_ms - model->now_ms;
    return wait > 0 ? (int)wait : 0;
}
