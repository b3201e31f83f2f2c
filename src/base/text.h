/* text.h: what people write: made safe to show, matched by masks, and the names they may bear.
 * Pure; any thread, a struct name_rules for one thread at a time. With saslprep.h the
 * only user of ICU in base. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    TEXT_SHOW_GROWTH = 3,      /* text_show() writes at most so many bytes for each byte it reads */
    GLOB_TEXT_SIZE_MAX = 4096, /* bytes; an IRC nick!user@host is below 500 */
    NAME_SIZE_MAX = 64,        /* bytes of any name, whatever the configuration says */
    NAME_KEY_SIZE_MAX = 192,   /* bytes of a key or a skeleton: 21 Hangul syllables taken apart */
};

/* Append `text` as it may reach another person's terminal: TAB stays; every other C0 control and
 * DEL becomes its control picture (U+2400 + c, U+2421), a C1 control U+FFFD, and so does each byte
 * that is not UTF-8; IRC formatting (bold, colours with their digits...) and the bidirectional
 * controls U+202A-202E and U+2066-2069 vanish, and so do more than eight marks upon one letter; the
 * rest is unchanged. Applied twice it changes
 * nothing more. A newline is a control like the others: split lines before. Text without any of
 * these is one memcpy. (CWE-150; modern.ircdocs.horse/formatting; CVE-2021-42574) */
void text_show(struct buf *out, struct slice text);

/* A NUL, CR or LF is inside: such text could end a line early in some dialect (CWE-93). */
bool text_has_forbidden(struct slice text);

/* The whole of `text` matches `mask`, where `*` is any bytes and `?` one code point; both UTF-8,
 * compared byte by byte: give keys for a match without case. Never more than mask.size *
 * text.size / 64 steps, so no mask is slow. Text above GLOB_TEXT_SIZE_MAX matches no mask. */
bool glob_match(struct slice mask, struct slice text);

/* What ICU needs opened to judge names: below a millisecond, a few kilobytes beside its shared
 * tables. One per thread that takes names. */
struct name_rules;

struct name_rules *name_rules_new(void); /* NULL: no memory, or ICU without its tables */
void name_rules_free(struct name_rules *rules);

/* Append the form by which two names are the same name: NFKC_Casefold (UAX #44), lower case for
 * ASCII. False where the name is empty, longer than NAME_SIZE_MAX, not UTF-8, or the key is empty
 * or does not fit into *out or NAME_KEY_SIZE_MAX; *out is then as it was. */
bool name_key(struct buf *out, struct slice name);

/* Append the form by which two names look the same (UTS #39 skeleton of the key): `rn` and `m`,
 * Cyrillic and Latin `a`. For comparing only, never to be shown. False as name_key(). */
bool name_skeleton(const struct name_rules *rules, struct buf *out, struct slice name);

/* Append the words of a text as names are compared: folded, each as its skeleton, with a blank
 * before it; what is neither letter nor digit parts words. `masks`: * and ? stay. At most three
 * times as long in nearly all cases; where `out` is full the rest is missing and it is not ok. */
void text_words(const struct name_rules *rules, struct buf *out, struct slice text, bool masks);

/* Why a name is refused; each dialect has its own words for them. */
enum name_fault {
    NAME_FINE,
    NAME_EMPTY,
    NAME_TOO_LONG, /* in bytes, or its key or skeleton is longer than NAME_KEY_SIZE_MAX */
    NAME_NOT_UTF8,
    NAME_CONTROL,       /* holds a control character */
    NAME_BLANK,         /* holds a blank or a line separator */
    NAME_INVISIBLE,     /* holds a character one cannot see: format characters, fillers */
    NAME_UNKNOWN,       /* holds a code point that is private or that Unicode does not know */
    NAME_BAD_CHARACTER, /* holds a character that has a meaning in some dialect */
    NAME_BAD_START,     /* begins with such a character, or with a combining mark */
    NAME_MARKS,         /* more than two combining marks upon each other */
    NAME_SCRIPTS,       /* letters of several scripts, or digits of two kinds */
    NAME_LIKE_ID,       /* a room name that would be taken for a number or an id */
};

/* What a person may be called, in every dialect alike:
 *  - 1 to size_max bytes (itself at most NAME_SIZE_MAX) of UTF-8;
 *  - no control, blank, separator, invisible, private or unassigned character;
 *  - none of  , : ! @ * ? / | $ # \ " .  anywhere, and none of  & + ~ %  at the start: IRC, line,
 *    pipe and dollar give them a meaning, and a source with a dot is a server to an IRC client;
 *  - at most two nonspacing marks on one base character, none at the start;
 *  - letters of one script; Latin may stand beside Han, kana, Bopomofo or Hangul (UTS #39, highly
 *    restrictive); digits of one kind.
 * The same holds for its key, so that no full-width `@` gets through. *why tells the first fault
 * found, NAME_FINE on true. */
bool name_allowed(const struct name_rules *rules, struct slice name, size_t size_max,
                  enum name_fault *why);

/* What a room may be called: the same, but of the characters only  , : | $  are refused anywhere
 * and  * # @  at the start (IRC puts its own `#` before it; `@NAME` is two people's). Neither a
 * number nor ten hex digits: pipe and dollar read those as ids. An ip:port (a dollar user id) holds
 * a colon. */
bool room_name_allowed(const struct name_rules *rules, struct slice name, size_t size_max,
                       enum name_fault *why);

#endif
