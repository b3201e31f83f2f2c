/* rights_table.c: the table of rights as a page of the documentation: doc/rights.md. */
#include "chat/rights.h"

static const char head[] =
    "# Who may do what in a room\n\n"
    "Printed by `parlance rights` from the one table that the server reads; a check compares the\n"
    "two. How somebody stands to a room is the first that is true of her, from the right. A room\n"
    "that somebody may not see is answered for as one that does not exist. Nobody acts on\n"
    "somebody who stands above her, but operators may put a guest out who runs the room; and "
    "who has\n"
    "the role of an operator or owner is neither banned nor muted until it is taken. Who tries to "
    "rule a room that she sees and may not stands in "
    "its\n"
    "audit log: ten such rows an hour of one room, 500 of all, so that nobody fills the disk. A "
    "ban\n"
    "by mask or network puts out at most 32 of those who are inside, and the next ones when it is\n"
    "given again.\n\n";

static const char *const meanings[STANDINGS] = {
    [STANDING_NOBODY] = "has not said who she is",
    [STANDING_BANNED] = "is not in the room and may not enter",
    [STANDING_STRANGER] = "is not in the room",
    [STANDING_MUTED] = "is in the room and may not speak",
    [STANDING_MEMBER] = "is in the room",
    [STANDING_VOICE] = "is in the room and may speak where it is moderated",
    [STANDING_OPERATOR] = "keeps the room in order",
    [STANDING_OWNER] = "made the room, or was given it",
    [STANDING_ADMIN] = "an administrator of the server, in the room or not",
};

static const char *const deeds[ACTIONS] = {
    [ACTION_SEE] = "know that it exists: list, topic, number of members",
    [ACTION_ENTER] = "enter",
    [ACTION_READ] = "read: history, search, names of members",
    [ACTION_SAY] = "say something (from inside)",
    [ACTION_REACT] = "react to a message (from inside)",
    [ACTION_EDIT] = "edit a message",
    [ACTION_RETRACT] = "remove a message",
    [ACTION_SET_TOPIC] = "set the topic",
    [ACTION_INVITE] = "invite, take along",
    [ACTION_KICK] = "kick",
    [ACTION_MUTE] = "mute",
    [ACTION_BAN] = "ban; see the lists and the audit log",
    [ACTION_FILTER] = "filter words",
    [ACTION_VOICE] = "give or take the voice",
    [ACTION_PROMOTE] = "give or take operator and owner",
    [ACTION_MODE] = "set modes",
    [ACTION_RENAME] = "rename the room",
    [ACTION_DELETE] = "delete the room",
};

static const char *const marks[ALLOWANCES] = {
    [MAY_NOT] = "no",
    [MAY] = "yes",
    [MAY_IF_PUBLIC] = "public",
    [MAY_IF_OPEN] = "open",
    [MAY_IF_SPOKEN] = "spoken",
    [MAY_IF_OWN] = "own",
    [MAY_IF_UNRULED] = "unruled",
    [MAY_IF_FREE] = "free",
    [MAY_IF_OUTSIDE] = "outside",
};

void rights_table(struct buf *out) {
    buf_text(out, head);
    buf_text(out, "| |");
    for (enum standing s = 0; s < STANDINGS; s++) {
        buf_byte(out, ' ');
        buf_text(out, standing_word(s));
        buf_text(out, " |");
    }
    buf_text(out, "\n|---|");
    for (enum standing s = 0; s < STANDINGS; s++)
        buf_text(out, "---|");
    for (enum action a = 0; a < ACTIONS; a++) {
        buf_text(out, "\n| ");
        buf_text(out, deeds[a]);
        buf_text(out, " |");
        for (enum standing s = 0; s < STANDINGS; s++) {
            buf_byte(out, ' ');
            buf_text(out, marks[rights_allow(a, s)]);
            buf_text(out, " |");
        }
    }
    buf_text(out, "\n\n");
    for (enum allowance i = 0; i < ALLOWANCES; i++) {
        buf_text(out, "- **");
        buf_text(out, marks[i]);
        buf_text(out, "**: ");
        buf_text(out, allowance_words(i));
        buf_byte(out, '\n');
    }
    buf_byte(out, '\n');
    for (enum standing s = 0; s < STANDINGS; s++) {
        buf_text(out, "- *");
        buf_text(out, standing_word(s));
        buf_text(out, "*: ");
        buf_text(out, meanings[s]);
        buf_byte(out, '\n');
    }
}
