/* script.c: messages that are stored once however often they are sent. */
#include "sim/script.h"

#include "base/check.h"

void script_init(struct script *script, struct world *world, struct oracle *oracle, uint64_t seed) {
    *script = (struct script){.world = world, .oracle = oracle, .rng.state = seed};
}

static void give(struct script *script, struct command command) {
    command.session = script->id;
    world_input(script->world, (struct hub_input){.kind = INPUT_COMMAND, .command = &command});
}

/* It has an account: what it sent before a crash is known by its ids after it. */
static const struct kept_account *account_of(const struct script *script) {
    return durable_account_called(&script->oracle->durable, slice_of("script"));
}

static void script_comes(struct script *script) {
    struct slice name = slice_of("script"), room = slice_of("lobby");
    struct address address = {.port = 1};
    script->id = (struct session_id){0, (uint16_t)(script->id.generation + 1), WORLD_WORKERS};
    script->here = true; /* until it turns out that there was no room on the disk */
    oracle_came(script->oracle, script->id, NOBODY, address, false);
    give(script, (struct command){.kind = account_of(script) ? COMMAND_LOGIN : COMMAND_HELLO,
                                  .name = name,
                                  .name_key = name,
                                  .room = room,
                                  .room_key = room,
                                  .secret = slice_of("pw-script"),
                                  .encrypted = true,
                                  .address = address});
}

/* A password is being looked at. */
static bool script_waits(const struct script *script) {
    for (uint32_t i = 0; i < PROOFS_MAX; i++) {
        const struct login *login = &script->oracle->logins[i];
        if (login->ticket != 0 && session_same(login->session, script->id)) return true;
    }
    return false;
}

/* Say what is kept in this place, with its id. */
static void say(struct script *script, uint32_t place, struct slice text) {
    char memory[32];
    struct buf id;
    buf_init(&id, memory, sizeof memory);
    buf_text(&id, "id-");
    buf_number(&id, script->kept[place].marker);
    give(script, (struct command){.kind = COMMAND_SAY,
                                  .reply_code = (uint16_t)script->kept[place].marker,
                                  .room = slice_of("lobby"),
                                  .room_key = slice_of("lobby"),
                                  .text = text,
                                  .client_id = buf_slice(&id)});
}

static void say_new(struct script *script) {
    uint32_t place = (uint32_t)(script->sent++ % SCRIPT_KEPT);
    struct buf text;
    script->kept[place].marker = oracle_marker(script->oracle);
    buf_init(&text, script->kept[place].text, SCRIPT_TEXT_CAP);
    buf_text(&text, "with an id ~");
    buf_number(&text, script->kept[place].marker);
    buf_text(&text, "~");
    script->kept[place].size = text.size;
    oracle_intend(script->oracle, script->kept[place].marker, NOBODY, buf_slice(&text), false);
    script->oracle->intents[script->kept[place].marker].again = true;
    script->oracle->expected_of_id = REFUSED_NOT;
    script->oracle->expected_again = false;
    say(script, place, buf_slice(&text));
}

/* The same once more, or another text under the same id. */
static void say_again(struct script *script, bool other) {
    uint64_t known = script->sent < SCRIPT_KEPT ? script->sent : SCRIPT_KEPT;
    uint32_t place = rng_below(&script->rng, known);
    struct slice text = {script->kept[place].text, script->kept[place].size};
    bool stored = script->oracle->intents[script->kept[place].marker].said;
    script->oracle->expected_of_id = other && stored ? REFUSED_CLIENT_ID_REUSED : REFUSED_NOT;
    script->oracle->expected_again = stored;
    if (other && stored)
        say(script, place, slice_of("another text"));
    else
        say(script, place, text);
}

void script_step(struct script *script) {
    uint32_t dice = rng_below(&script->rng, 16);
    if (!gate_release(&script->world->gate)) return;
    const struct seat *seat = oracle_seat(script->oracle, script->id);
    if (script_waits(script)) return;
    script->here = script->here && seat && seat->person != NOBODY;
    if (!script->here) {
        if (dice == 0) script_comes(script);
    } else if (!account_of(script)) {
        give(script, (struct command){.kind = COMMAND_REGISTER,
                                      .secret = slice_of("pw-script"),
                                      .encrypted = true});
    } else if (dice < 8) {
        say_new(script);
    } else if (script->sent > 0) {
        say_again(script, dice == 15);
    }
}

void script_told(struct script *script, const struct event *event) {
    if (event->kind != EVENT_DONE || !(event->flags & EVENT_AGAIN)) return;
    const struct oracle *oracle = script->oracle;
    for (uint32_t i = oracle->said_count; i-- > 0;) {
        const struct said *said = &oracle->said[i];
        if ((uint16_t)said->marker != event->reply_code) continue;
        if (said->lost) continue;
        if (said->seq != event->seq || said->record > script->world->rows.flushed)
            oracle_fail(script->oracle, "the script is told that message %u has number %u",
                        (unsigned)said->marker, (unsigned)event->seq);
        return;
    }
}

void script_crashed(struct script *script) {
    script->here = false;
}
