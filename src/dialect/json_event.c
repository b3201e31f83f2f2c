/* json_event.c: what happened in a room, live or from a page: the same object for both. */
#include "dialect/json_event.h"

#include "base/check.h"
#include "chat/reaction.h"
#include "chat/restraint.h"
#include "dialect/json_put.h"
#include "dialect/json_rule.h"

const char *json_role_word(enum role role) {
    return role == ROLE_NONE ? "member" : role_word(role);
}

bool json_role_find(struct slice word, enum role *role) {
    for (*role = ROLE_NONE; *role < ROLES; (*role)++)
        if (slice_equal(word, slice_text(json_role_word(*role)))) return true;
    return false;
}

void json_person_put(struct buf *out, const char *key, struct user_id id, struct slice name,
                     struct slice account) {
    json_put_open(out, key, '{');
    if (id.v != 0) json_put_number(out, "id", id.v);
    json_put_text(out, "name", name);
    json_put_text_or_null(out, "account", account);
    json_put_close(out, '}');
}

void json_author_put(struct buf *out, const char *key, const struct event *event) {
    if (event->author_name.size == 0) {
        json_put_null(out, key);
        return;
    }
    json_put_open(out, key, '{');
    if (event->author.v != 0) json_put_number(out, "id", event->author.v);
    json_put_text(out, "name", event->author_name);
    json_put_text_or_null(out, "account", event->account);
    if (event->flags & EVENT_BOT) json_put_bool(out, "bot", true);
    json_put_close(out, '}');
}

void json_room_put(struct buf *out, const struct event *event) {
    json_put_number(out, "room", event->room.v);
}

/* Somebody of whom no more than her name is known. */
static void put_named(struct buf *out, const char *key, struct user_id id, struct slice name) {
    json_put_open(out, key, '{');
    if (id.v != 0) json_put_number(out, "id", id.v);
    json_put_text(out, "name", name);
    json_put_close(out, '}');
}

/* What all stored events begin with. */
static void put_head(const struct event *event, const char *type, struct buf *out) {
    json_put_word(out, "type", type);
    json_room_put(out, event);
    json_put_number(out, "seq", event->seq);
    json_put_number(out, "time", event->time_ms > 0 ? (uint64_t)event->time_ms : 0);
    json_author_put(out, "from", event);
    if ((event->flags & EVENT_DIRECT) && event->other_id.v != 0)
        put_named(out, "with", event->other_id, event->other);
}

static bool is_past(const struct event *event) {
    return event->kind == EVENT_PAST || event->kind == EVENT_FOUND;
}

/* What of a page says that it is not as it was. */
static void put_state(const struct event *event, struct buf *out) {
    if (!is_past(event)) return;
    if (event->flags & EVENT_CHANGED) json_put_bool(out, "edited", true);
    if (event->flags & EVENT_OFF) json_put_bool(out, "removed", true);
}

static void put_people(struct slice people, struct buf *out) {
    json_put_open(out, "people", '[');
    while (people.size > 0)
        json_put_text(out, NULL, slice_until(&people, '\t'));
    json_put_close(out, ']');
}

static void put_reactions(struct slice lines, struct buf *out) {
    struct reaction reaction;
    if (lines.size == 0) return;
    json_put_open(out, "reactions", '[');
    while (reaction_take(&lines, &reaction)) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "reaction", reaction.text);
        json_put_number(out, "count", reaction.count);
        json_put_bool(out, "mine", reaction.mine);
        put_people(reaction.people, out);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
}

static void put_message(const struct event *event, struct buf *out) {
    static const char *const kinds[] = {
        [SPEECH_SAY] = "say", [SPEECH_ACTION] = "action", [SPEECH_NOTICE] = "notice"};
    bool known = event->speech < sizeof kinds / sizeof *kinds;
    put_head(event, "message", out);
    json_put_word(out, "kind", kinds[known ? event->speech : SPEECH_SAY]);
    if (!is_past(event) || !(event->flags & EVENT_OFF)) json_put_text(out, "text", event->text);
    if (event->target != 0) json_put_number(out, "reply", event->target);
    put_state(event, out);
    if (is_past(event)) put_reactions(event->tags, out);
}

static void put_edited(const struct event *event, struct buf *out) {
    put_head(event, "edited", out);
    json_put_number(out, "target", event->target);
    if (!is_past(event) || !(event->flags & EVENT_OFF)) json_put_text(out, "text", event->text);
    put_state(event, out);
}

static void put_removed(const struct event *event, struct buf *out) {
    bool foreign = event->other.size > 0 && !(event->flags & EVENT_DIRECT);
    put_head(event, "removed", out);
    json_put_number(out, "target", event->target);
    if (event->text.size > 0) json_put_text(out, "why", event->text);
    if (foreign) put_named(out, "author", (struct user_id){0}, event->other);
}

static void put_reacted(const struct event *event, bool off, struct buf *out) {
    put_head(event, "reacted", out);
    json_put_number(out, "target", event->target);
    json_put_text(out, "reaction", event->text);
    if (off) json_put_bool(out, "off", true);
}

static void put_topic(const struct event *event, struct buf *out) {
    put_head(event, "topic", out);
    json_put_text(out, "text", event->text);
}

static void put_value(enum room_setting setting, uint64_t number, struct buf *out) {
    json_put_word(out, "setting", setting_word(setting));
    if (setting_value(setting) == SETTING_NUMBER)
        json_put_number(out, "value", number);
    else
        json_put_bool(out, "value", number > 0);
}

static void put_mode(const struct event *event, struct buf *out) {
    check(event->setting < ROOM_SETTINGS);
    put_head(event, "mode", out);
    put_value((enum room_setting)event->setting, event->flags & EVENT_OFF ? 0 : event->number, out);
}

/* `slow 30`, as it was stored; a word of a later version is shown as it stands. */
static void put_past_mode(const struct event *event, struct buf *out) {
    struct slice rest = event->text, word = slice_word(&rest);
    enum room_setting setting;
    uint64_t number = 0;
    put_head(event, "mode", out);
    if (setting_find(word, &setting) && slice_number(rest, UINT64_MAX, &number)) {
        put_value(setting, number, out);
    } else {
        json_put_text(out, "setting", word);
        json_put_text(out, "value", rest);
    }
}

static void put_role(const struct event *event, struct slice name, struct user_id id,
                     enum role role, struct buf *out) {
    put_head(event, "role", out);
    put_named(out, "who", id, name);
    json_put_word(out, "role", json_role_word(role));
}

/* `operator bob`, as it was stored. */
static void put_past_role(const struct event *event, struct buf *out) {
    struct slice name = event->text, word = slice_word(&name);
    enum role role;
    if (!role_read(word.at, word.size, &role)) role = ROLE_NONE;
    put_role(event, name, (struct user_id){0}, role, out);
}

/* `bob too loud` */
static void put_past_kick(const struct event *event, struct buf *out) {
    struct slice why = event->text, name = slice_word(&why);
    put_head(event, "kicked", out);
    put_named(out, "who", (struct user_id){0}, name);
    if (why.size > 0) json_put_text(out, "why", why);
}

static void put_restrained(const struct event *event, struct buf *out) {
    check(event->why < RESTRAINTS_OF_PEOPLE);
    put_head(event, "restrained", out);
    json_put_word(out, "kind", restraint_word((enum restraint)event->why));
    const char *subject = json_subject_word(event->setting);
    if (subject) json_put_word(out, "subject", subject);
    json_put_text(out, "who", event->other);
    if (event->number > 0) json_put_number(out, "minutes", event->number);
    if (event->count > 0) json_put_number(out, "hours", event->count);
    if (event->text.size > 0) json_put_text(out, "why", event->text);
    if (event->flags & EVENT_OFF) json_put_bool(out, "off", true);
}

/* `+ban bob`, `-mute bob`, `+ban bob 24h` */
static void put_past_restraint(const struct event *event, struct buf *out) {
    struct slice mask = event->text, word = slice_word(&mask), who = slice_word(&mask);
    struct slice hours = slice_until(&mask, 'h');
    uint64_t count = 0;
    put_head(event, "restrained", out);
    json_put_text(out, "kind", slice_from(word, 1));
    json_put_text(out, "who", who);
    if (slice_number(hours, UINT32_MAX, &count)) json_put_number(out, "hours", count);
    if (word.size > 0 && word.at[0] == '-') json_put_bool(out, "off", true);
}

/* A row of the audit log: who, the action's word, about whom, why. */
static void put_audit(const struct event *event, struct buf *out) {
    struct slice why = event->text, action = slice_word(&why);
    json_put_word(out, "type", "audit");
    json_put_number(out, "time", event->time_ms > 0 ? (uint64_t)event->time_ms : 0);
    json_author_put(out, "from", event);
    json_put_text(out, "action", action);
    if (event->other.size > 0) json_put_text(out, "who", event->other);
    if (why.size > 0) json_put_text(out, "why", why);
}

static void put_room_renamed(const struct event *event, struct buf *out) {
    put_head(event, "room_renamed", out);
    json_put_text(out, "old", event->text);
    json_put_text(out, "name", event->room_name);
}

static bool put_past(const struct event *event, struct buf *out) {
    switch ((enum stored)event->stored) {
    case STORED_MESSAGE: put_message(event, out); return true;
    case STORED_EDIT: put_edited(event, out); return true;
    case STORED_REMOVAL: put_removed(event, out); return true;
    case STORED_REACTION: put_reacted(event, false, out); return true;
    case STORED_UNREACTION: put_reacted(event, true, out); return true;
    case STORED_TOPIC: put_topic(event, out); return true;
    case STORED_MODE: put_past_mode(event, out); return true;
    case STORED_ROLE: put_past_role(event, out); return true;
    case STORED_KICK: put_past_kick(event, out); return true;
    case STORED_RESTRAINT: put_past_restraint(event, out); return true;
    case STORED_RENAME: put_room_renamed(event, out); return true;
    case STORED_NOTHING: put_audit(event, out); return true;
    case STORED_TAGS: /* for IRC alone */
    case STORED_KINDS: break;
    }
    return false;
}

/* ---- live only ---- */

static void put_joined(const struct event *event, struct buf *out) {
    json_put_word(out, "type", "joined");
    json_room_put(out, event);
    json_author_put(out, "who", event);
    if (event->text.size > 0) json_put_text(out, "real", event->text);
    if (event->other.size > 0) json_put_text(out, "away", event->other);
}

static const char *leaving_word(uint8_t why) {
    static const char *const words[] = {[LEAVING_PART] = "left",
                                        [LEAVING_QUIT] = "quit",
                                        [LEAVING_KICKED] = "kicked",
                                        [LEAVING_REMOVED] = "removed",
                                        [LEAVING_DELETED] = "deleted"};
    check(why < sizeof words / sizeof *words);
    return words[why];
}

/* A kick is an event with a number; its author is who did it, whose number is not known. */
static void put_kicked(const struct event *event, struct buf *out) {
    struct event kick = *event;
    kick.author = (struct user_id){0};
    kick.author_name = event->other;
    kick.account = (struct slice){0};
    kick.flags &= (uint16_t) ~(EVENT_BOT | EVENT_DIRECT);
    put_head(&kick, "kicked", out);
    put_named(out, "who", event->author, event->author_name);
    if (event->text.size > 0) json_put_text(out, "why", event->text);
}

/* Without a room where she left the server, and was in several. */
static void put_left(const struct event *event, struct buf *out) {
    bool put_out = event->why == LEAVING_KICKED || event->why == LEAVING_REMOVED;
    if (put_out && event->seq > 0) {
        put_kicked(event, out);
        return;
    }
    json_put_word(out, "type", "left");
    if (!(event->flags & EVENT_SCATTERED)) json_room_put(out, event);
    json_author_put(out, "who", event);
    json_put_word(out, "why", leaving_word(event->why));
    if (event->text.size > 0) json_put_text(out, "text", event->text);
}

static void put_renamed(const struct event *event, struct buf *out) {
    json_put_word(out, "type", "renamed");
    json_person_put(out, "who", event->author, event->other, event->account);
    json_put_text(out, "old", event->author_name);
}

static void put_person(const struct event *event, struct buf *out) {
    json_put_word(out, "type", "person");
    json_author_put(out, "who", event);
    switch ((enum person_change)event->why) {
    case PERSON_IS_AWAY: json_put_text_or_null(out, "away", event->text); break;
    case PERSON_IS_ACCOUNT: break; /* `who` says it */
    case PERSON_IS_REALLY: json_put_text(out, "real", event->text); break;
    }
}

/* The tag +typing of IRC; no other tag is shown. */
static bool put_typing(const struct event *event, struct buf *out) {
    struct slice tags = event->tags, state = {0};
    while (tags.size > 0) {
        struct slice value = slice_until(&tags, ';'), name = slice_until(&value, '=');
        if (slice_equal(name, slice_of("+typing"))) state = value;
    }
    if (!slice_equal(state, slice_of("active")) && !slice_equal(state, slice_of("paused")) &&
        !slice_equal(state, slice_of("done")))
        return false;
    json_put_word(out, "type", "typing");
    json_room_put(out, event);
    json_author_put(out, "who", event);
    json_put_text(out, "state", state);
    return true;
}

static void put_deleted(const struct event *event, struct buf *out) {
    json_put_word(out, "type", "deleted");
    json_room_put(out, event);
    json_put_text(out, "name", event->room_name);
    json_author_put(out, "from", event);
}

static void put_wallops(const struct event *event, struct buf *out) {
    json_put_word(out, "type", "notice");
    json_author_put(out, "from", event);
    json_put_text(out, "text", event->text);
}

bool json_event_put(const struct event *event, struct buf *out) {
    switch ((int)event->kind) {
    case EVENT_PAST:
    case EVENT_FOUND: return put_past(event, out);
    case EVENT_SAID:
    case EVENT_TOLD: put_message(event, out); break;
    case EVENT_EDITED: put_edited(event, out); break;
    case EVENT_RETRACTED: put_removed(event, out); break;
    case EVENT_REACTED: put_reacted(event, event->flags & EVENT_OFF, out); break;
    case EVENT_TOPIC_SET: put_topic(event, out); break;
    case EVENT_MODE_SET: put_mode(event, out); break;
    case EVENT_ROLE_SET:
        check(event->number < ROLES);
        put_role(event, event->other, event->other_id, (enum role)event->number, out);
        break;
    case EVENT_RESTRAINED: put_restrained(event, out); break;
    case EVENT_ROOM_RENAMED: put_room_renamed(event, out); break;
    case EVENT_JOINED: put_joined(event, out); break;
    case EVENT_LEFT: put_left(event, out); break;
    case EVENT_RENAMED: put_renamed(event, out); break;
    case EVENT_PERSON: put_person(event, out); break;
    case EVENT_TAGGED: return put_typing(event, out);
    case EVENT_DELETED: put_deleted(event, out); break;
    case EVENT_WALLOPS: put_wallops(event, out); break;
    default: return false;
    }
    return true;
}
