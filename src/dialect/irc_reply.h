/* irc_reply.h: which line of the client's an answer is about. */
#ifndef DIALECT_IRC_REPLY_H
#define DIALECT_IRC_REPLY_H

/* reply_code: what is answered. Those from ECHO_FIRST come back as EVENT_PONG. */
enum irc_reply {
    REPLY_NONE,
    REPLY_HELLO,
    REPLY_JOIN,
    REPLY_NAMES,
    REPLY_WHO,
    REPLY_SAY,
    REPLY_NOTICE,
    REPLY_TOPIC,
    REPLY_KICK,
    REPLY_INVITE,
    REPLY_INVITED, /* where she is */
    REPLY_RENAME,
    REPLY_WHOIS,
    REPLY_AWAY,
    REPLY_SASL,
    REPLY_REGISTER,
    REPLY_OPER,
    REPLY_HISTORY,
    REPLY_REDACT,
    REPLY_TARGETS,
    REPLY_MODES, /* asked for her own */
    REPLY_MODE,  /* set */
    REPLY_USERHOST,
    REPLY_ISON,
    REPLY_WHOWAS,
    REPLY_NAMES_PART, /* of several rooms: one end for all */
    REPLY_ROOM_MODE,
    REPLY_BANS,
    REPLY_EXEMPTS,
    REPLY_WELCOMES,
    /* the services': those of one follow each other as enum service has them */
    REPLY_NICKSERV,
    REPLY_CHANSERV,
    REPLY_HISTSERV,
    REPLY_NS_REGISTER,
    REPLY_CS_REGISTER,
    REPLY_HS_EXPORT,
    REPLY_MONITOR,
    REPLY_MONITOR_LIST,
    REPLY_RELAY,
    REPLY_ACCEPT,
    REPLY_FACTS,
    REPLY_FACTS_JOIN,  /* of a room that she entered: nobody asked */
    REPLY_FACTS_OWN,   /* her own, as she comes */
    REPLY_FACTS_EARLY, /* set before she came, and answered then */
    REPLY_MARK,
    REPLY_PRE_AWAY,
    REPLY_POWER, /* KILL, WALLOPS, REHASH, DIE */
    REPLY_RULE,  /* DLINE, UNDLINE, DEFCON */
    REPLY_STATS, /* d */
    ECHO_FIRST,
    ECHO_LINE = ECHO_FIRST, /* the text is the line, behind the server's name */
    ECHO_BARE,              /* the text is the line, with nothing before it */
    ECHO_QUIT,
    ECHO_LABEL_END, /* all that answers a labelled line has been said */
    ECHO_SERVICE,   /* the text is a service's name, a line end, its words */
    ECHO_ISUPPORT,
    ECHO_ISUPPORT_BATCH,
    ECHO_MOTD,
    ECHO_TIME,
    REPLIES,
    IRC_LABELLED = 1 << 15, /* a bit beside these: the line had a label */
};

#endif
