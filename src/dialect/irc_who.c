/* irc_who.c: who is here, and what may be known of them: WHO and WHOX, WHOIS, WHOWAS, USERHOST,
 * ISON. modern.ircdocs.horse/#user-based-queries, ircv3.net/specs/extensions/whox. */
#include "base/address.h"
#include "base/check.h"
#include "base/date.h"
#include "chat/person.h"
#include "dialect/irc_people.h"

/* ---- asking ---- */

/* The fields of WHOX in the order in which they are told; `t` is the token. */
static const char who_fields[] = "tcuihsnfdlaor";

static bool is_glob(struct slice mask) {
    return memchr(mask.at, '*', mask.size) || memchr(mask.at, '?', mask.size);
}

/* `o%tnuf,42`: administrators only; fields and token of WHOX. */
static void who_read_flags(struct irc_own *own, struct slice flags) {
    struct slice token = flags, asked, filter;
    asked = slice_until(&token, ',');
    filter = slice_until(&asked, '%');
    own->who_opers = filter.size > 0 && memchr(filter.at, 'o', filter.size);
    own->who_fields = 0;
    for (size_t i = 0; i < sizeof who_fields - 1; i++)
        if (asked.size > 0 && memchr(asked.at, who_fields[i], asked.size))
            own->who_fields |= (uint16_t)(1u << i);
    token = slice_head(token, sizeof own->who_token);
    if (token.size > 0) memcpy(own->who_token, token.at, token.size);
    own->who_token_size = (uint8_t)token.size;
}

/* Whoever is asked for by a mask may be anybody: all who may be seen come, and those that match
 * are told. A name is looked up. */
enum decoded irc_who(struct talk *talk, const struct irc_message *message,
                     struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    struct slice mask = irc_param(message, 0);
    struct command who = {
        .kind = COMMAND_PEOPLE, .flags = COMMAND_WAITS | COMMAND_FULL, .reply_code = REPLY_WHO};
    char memory[sizeof own->who_mask + 1];
    struct buf names;
    if (mask.size == 0) mask = slice_of("*");
    if (mask.size > sizeof own->who_mask) {
        irc_echo_line(talk, decoder, "315 % $ :end of the list", mask);
        return DECODED;
    }
    memcpy(own->who_mask, mask.at, mask.size);
    own->who_size = (uint8_t)mask.size;
    who_read_flags(own, irc_param(message, 1));
    if (mask.at[0] == '#') {
        who.kind = COMMAND_WHO;
        if (irc_channel(talk, decoder, mask, &who)) decoder->give(decoder, &who);
        return DECODED;
    }
    buf_init(&names, memory, sizeof memory);
    buf_put(&names, mask);
    buf_byte(&names, '\n');
    if (!is_glob(mask) && !slice_equal(mask, slice_of("0"))) who.text = buf_slice(&names);
    decoder->give(decoder, &who);
    return DECODED;
}

enum decoded irc_whois(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    bool more;
    struct slice server = irc_param(message, 0);
    struct slice list = irc_param(message, message->count > 1 ? 1 : 0);
    struct slice name = irc_target(list, talk->number, &more);
    struct command whois = {
        .kind = COMMAND_WHOIS, .flags = COMMAND_WAITS, .reply_code = REPLY_WHOIS};
    if (message->count > 1 && server.size > 0 && memchr(server.at, '.', server.size) &&
        !glob_match(server, irc_server(talk))) {
        irc_echo_line(talk, decoder, "402 % $ :there is no such server", server);
        return irc_next_target(talk, false);
    }
    if (name.size == 0)
        irc_echo_line(talk, decoder, "431 % :no nick was given");
    else if (decoder_name(decoder, talk, name, &whois))
        decoder->give(decoder, &whois);
    if (name.size > 0) irc_echo_line(talk, decoder, "318 % $ :end of what is known", name);
    return irc_next_target(talk, more);
}

/* A count that is not above 0 means all that there are. */
enum decoded irc_whowas(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct slice name = irc_param(message, 0);
    struct command whowas = {
        .kind = COMMAND_WHOWAS, .flags = COMMAND_WAITS, .reply_code = REPLY_WHOWAS};
    if (name.size == 0) {
        irc_echo_line(talk, decoder, "431 % :no nick was given");
        return DECODED;
    }
    if (!slice_number(irc_param(message, 1), UINT32_MAX, &whowas.number)) whowas.number = 0;
    if (decoder_mask(decoder, name, &whowas)) decoder->give(decoder, &whowas);
    irc_echo_line(talk, decoder, "369 % $ :end of what was known", name);
    return DECODED;
}

/* Names of the line, blanks between them, as COMMAND_PEOPLE wants them. */
static enum decoded ask_people(const struct irc_message *message, struct decoder *decoder,
                               size_t most, enum irc_reply reply) {
    char memory[IRC_LINE_SIZE_MAX + IRC_PARAMS_MAX];
    struct buf names;
    struct command people = {
        .kind = COMMAND_PEOPLE, .flags = COMMAND_WAITS, .reply_code = (uint16_t)reply};
    buf_init(&names, memory, sizeof memory);
    for (size_t i = 0; i < message->count; i++) {
        struct slice rest = message->params[i], name;
        while (most > 0 && (name = slice_word(&rest)).size > 0) {
            buf_put(&names, name);
            buf_byte(&names, '\n');
            most--;
        }
    }
    check(buf_ok(&names));
    if (names.size == 0) buf_byte(&names, '\n');
    people.text = buf_slice(&names);
    decoder->give(decoder, &people);
    return DECODED;
}

/* RFC 2812 section 4.8: at most five. */
enum decoded irc_userhost(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    (void)talk;
    return ask_people(message, decoder, 5, REPLY_USERHOST);
}

enum decoded irc_ison(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)talk;
    return ask_people(message, decoder, SIZE_MAX, REPLY_ISON);
}

/* ---- answers ---- */

static struct slice login_part(const struct person *person, bool host) {
    struct slice rest = person->login, login = slice_until(&rest, '@');
    if (person->login.size == 0) return host ? slice_of("parlance") : person->name;
    return host ? rest : login;
}

static struct slice real_of(const struct person *person) {
    return person->real.size > 0 ? person->real : person->name;
}

static struct slice number_text(uint64_t number, char memory[24]) {
    struct buf out;
    buf_init(&out, memory, 24);
    buf_number(&out, number);
    return buf_slice(&out);
}

/* Her name in any case, her login, her host, her real name. */
static bool who_matches(const struct irc_own *own, const struct person *person) {
    struct slice mask = {own->who_mask, own->who_size};
    char mask_memory[NAME_KEY_SIZE_MAX], name_memory[NAME_KEY_SIZE_MAX];
    struct buf mask_key, key;
    if (own->who_opers && !(person->flags & PERSON_ADMIN)) return false;
    if (!is_glob(mask)) return true; /* she was asked for by name, or by her room */
    buf_init(&mask_key, mask_memory, sizeof mask_memory);
    buf_init(&key, name_memory, sizeof name_memory);
    if (name_key(&mask_key, mask) && name_key(&key, person->name) &&
        glob_match(buf_slice(&mask_key), buf_slice(&key)))
        return true;
    return glob_match(mask, login_part(person, false)) ||
           glob_match(mask, login_part(person, true)) || glob_match(mask, real_of(person));
}

static void put_flags(const struct talk *talk, const struct person *person, struct buf *out) {
    buf_byte(out, person->away ? 'G' : 'H');
    if (person->flags & PERSON_ADMIN) buf_byte(out, '*');
    if (person->flags & PERSON_BOT) buf_byte(out, 'B');
    bool all = irc_own(talk)->caps & CAP_MULTI_PREFIX;
    irc_put_marks(out, person->role, person->flags & PERSON_FOUNDER,
                  all && (person->flags & PERSON_VOICED));
}

/* What one letter of WHOX asks for. Nobody's address is told, and there is one server. */
static void put_field(const struct talk *talk, const struct event *event,
                      const struct person *person, char field, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct slice token = {own->who_token, own->who_token_size};
    buf_byte(out, ' ');
    switch (field) {
    case 't': irc_put_word(out, token.size > 0 ? token : slice_of("0")); break;
    case 'c':
        if (event->room.v != 0)
            irc_put_channel(out, event);
        else
            buf_byte(out, '*');
        break;
    case 'u': irc_put_word(out, login_part(person, false)); break;
    case 'i': buf_text(out, "255.255.255.255"); break;
    case 'h': irc_put_word(out, login_part(person, true)); break;
    case 's': irc_put_word(out, irc_server(talk)); break;
    case 'n': irc_put_word(out, person->name); break;
    case 'f': put_flags(talk, person, out); break;
    case 'd': buf_byte(out, '0'); break;
    case 'l': buf_number(out, person->seconds); break;
    case 'a': irc_put_word(out, person->account.size > 0 ? person->account : slice_of("0")); break;
    case 'o': buf_text(out, "n/a"); break;
    default: check(false);
    }
}

/* 354: the fields that were asked for, in their own order. */
static void put_whox(const struct talk *talk, const struct event *event,
                     const struct person *person, struct buf *out) {
    size_t begin = out->size, last = sizeof who_fields - 2; /* the real name has blanks */
    irc_line(talk, out, "354 %");
    out->size -= 2;
    for (size_t i = 0; i < last; i++)
        if (irc_own(talk)->who_fields >> i & 1) put_field(talk, event, person, who_fields[i], out);
    if (irc_own(talk)->who_fields >> last & 1) {
        buf_text(out, " :");
        irc_put_text(out, begin, real_of(person));
    }
    irc_line_end(out);
}

static void put_who(const struct talk *talk, const struct event *event, const struct person *person,
                    struct buf *out) {
    char memory[8];
    struct buf flags;
    buf_init(&flags, memory, sizeof memory);
    put_flags(talk, person, &flags);
    struct slice login = login_part(person, false), host = login_part(person, true);
    if (event->room.v != 0)
        irc_line(talk, out, "352 % # $ $ $ $ $ :0 &", event->room_name, login, host,
                 irc_server(talk), person->name, buf_slice(&flags), real_of(person));
    else
        irc_line(talk, out, "352 % * $ $ $ $ $ :0 &", login, host, irc_server(talk), person->name,
                 buf_slice(&flags), real_of(person));
}

void irc_put_who_end(const struct talk *talk, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    irc_line(talk, out, "315 % $ :end of the list", (struct slice){own->who_mask, own->who_size});
}

static void answer_who(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct person person;
    while (person_take(&lines, &person)) {
        if (!who_matches(irc_own(talk), &person)) continue;
        if (irc_own(talk)->who_fields != 0)
            put_whox(talk, event, &person, out);
        else
            put_who(talk, event, &person, out);
    }
    if (event->cursor == 0) irc_put_who_end(talk, out);
}

/* RFC 2812 section 4.8: `nick*=+login@host`, the star for who runs the server, `-` for away. */
static void answer_userhost(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    char memory[IRC_LINE_SIZE_MAX * 2];
    struct buf found;
    struct person person;
    buf_init(&found, memory, sizeof memory);
    while (person_take(&lines, &person)) {
        if (found.size > 0) buf_byte(&found, ' ');
        text_show(&found, person.name);
        if (person.flags & PERSON_ADMIN) buf_byte(&found, '*');
        buf_text(&found, person.away ? "=-" : "=+");
        text_show(&found, login_part(&person, false));
        buf_byte(&found, '@');
        text_show(&found, login_part(&person, true));
    }
    irc_line(talk, out, "302 % :&", buf_slice(&found));
}

static void answer_ison(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    char memory[IRC_LINE_SIZE_MAX];
    struct buf found;
    struct person person;
    buf_init(&found, memory, 400);
    while (person_take(&lines, &person)) {
        if (found.size > 0 && found.size + person.name.size * TEXT_SHOW_GROWTH + 1 > found.cap) {
            irc_line(talk, out, "303 % :&", buf_slice(&found));
            found.size = 0;
        }
        if (found.size > 0) buf_byte(&found, ' ');
        text_show(&found, person.name);
    }
    irc_line(talk, out, "303 % :&", buf_slice(&found));
}

/* The last who was called so first. */
static void answer_whowas(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct person person;
    while (person_take(&lines, &person)) {
        char memory[DATE_SIZE];
        struct buf date;
        buf_init(&date, memory, sizeof memory);
        date_put(&date, (int64_t)person.seconds * 1000);
        irc_line(talk, out, "314 % $ $ $ * :&", person.name, login_part(&person, false),
                 login_part(&person, true), real_of(&person));
        irc_line(talk, out, "312 % $ $ :&", person.name, irc_server(talk), buf_slice(&date));
        if (person.account.size > 0)
            irc_line(talk, out, "330 % $ $ :was logged in as", person.name, person.account);
    }
}

bool irc_answer_people(const struct talk *talk, const struct event *event, struct buf *out) {
    switch ((int)event->reply_code) {
    case REPLY_WHO: answer_who(talk, event, out); return true;
    case REPLY_USERHOST: answer_userhost(talk, event, out); return true;
    case REPLY_ISON: answer_ison(talk, event, out); return true;
    case REPLY_WHOWAS: answer_whowas(talk, event, out); return true;
    default: return false;
    }
}

/* ---- WHOIS ---- */

void irc_answer_whois_rooms(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    char memory[300];
    struct buf rooms;
    buf_init(&rooms, memory, sizeof memory);
    while (lines.size > 0) {
        struct slice name = text_line(&lines), role = slice_until(&name, '\t');
        uint64_t number = ROLE_NONE;
        (void)slice_number(role, ROLES - 1, &number);
        if (rooms.size + name.size * TEXT_SHOW_GROWTH + 4 > rooms.cap) {
            irc_line(talk, out, "319 % $ :&", event->other, buf_slice(&rooms));
            rooms.size = 0;
        }
        if (rooms.size > 0) buf_byte(&rooms, ' ');
        irc_put_marks(&rooms, (enum role)number, true, false);
        buf_byte(&rooms, '#');
        text_show(&rooms, name);
    }
    if (rooms.size > 0) irc_line(talk, out, "319 % $ :&", event->other, buf_slice(&rooms));
}

/* Her address and modes, to herself and to who runs the server. */
static void put_hidden(const struct talk *talk, const struct event *event,
                       const struct person *person, struct buf *out) {
    char memory[64], modes_memory[16];
    struct buf address, modes;
    if (!(event->flags & EVENT_OWN)) return;
    buf_init(&address, memory, sizeof memory);
    buf_byte(&address, '0'); /* before `::1`: no word begins with a colon */
    address_ip_text(&address, event->address);
    struct slice ip = slice_from(buf_slice(&address), 1);
    if (ip.size > 0 && ip.at[0] == ':') ip = buf_slice(&address);
    buf_init(&modes, modes_memory, sizeof modes_memory);
    irc_put_mode_letters(&modes, person->flags);
    irc_line(talk, out, "338 % $ $ $ :is at this address", person->name, person->login, ip);
    irc_line(talk, out, "379 % $ :has the modes &", person->name, buf_slice(&modes));
}

void irc_answer_whois(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct person person;
    char memory[24], since[24];
    if (!person_take(&lines, &person)) return;
    irc_line(talk, out, "311 % $ $ $ * :&", person.name, login_part(&person, false),
             login_part(&person, true), real_of(&person));
    irc_line(talk, out, "312 % $ $ :&", person.name, irc_server(talk), irc_network(talk));
    if (person.flags & PERSON_ADMIN) irc_line(talk, out, "313 % $ :runs this server", person.name);
    if (person.account.size > 0)
        irc_line(talk, out, "330 % $ $ :is logged in as", person.name, person.account);
    if (person.flags & PERSON_SECURE)
        irc_line(talk, out, "671 % $ :is using a secure connection", person.name);
    if (person.flags & PERSON_BOT) irc_line(talk, out, "335 % $ :is a bot", person.name);
    put_hidden(talk, event, &person, out);
    if (event->number == 0) return;
    irc_line(talk, out, "317 % $ $ $ :seconds idle, came at", person.name,
             number_text(event->count, memory), number_text(event->number, since));
}
