/* config_table.h: one row per setting. Everything else about a setting is derived from its row:
 * what libconfuse is told, the environment variable, the range check and its words, the default,
 * whether a reload may change it. A new setting is a field in config.h and a row in config_table.c.
 */
#ifndef SERVER_CONFIG_TABLE_H
#define SERVER_CONFIG_TABLE_H

#include "server/config.h"

enum config_kind {
    CONFIG_KIND_FLAG,        /* bool */
    CONFIG_KIND_CHOICE,      /* an enum: the index into `words` */
    CONFIG_KIND_NUMBER,      /* uint32_t, least to most */
    CONFIG_KIND_TEXT,        /* struct slice, least to most bytes */
    CONFIG_KIND_SECRET,      /* the same, never shown */
    CONFIG_KIND_SECRET_FILE, /* the path of a file that holds the secret at the same offset */
    CONFIG_KIND_TEXTS,       /* struct config_texts, each least to most bytes */
    CONFIG_KIND_NETWORKS,    /* struct config_networks */
    CONFIG_KIND_ADDRESS      /* struct config_address */
};

/* What a text must look like beyond its size. No text holds a control character. */
enum config_shape {
    CONFIG_SHAPE_ANY,
    CONFIG_SHAPE_WORD,        /* no blanks */
    CONFIG_SHAPE_MODES,       /* letters, perhaps after a plus */
    CONFIG_SHAPE_TAG,         /* begins with a plus */
    CONFIG_SHAPE_ORIGIN,      /* scheme://host[:port] or an asterisk */
    CONFIG_SHAPE_FILE,        /* of a file that is there; empty is none */
    CONFIG_SHAPE_PRIVATE_FILE /* the same, not open to others */
};

enum {
    CONFIG_RESTART = 1,    /* a reload cannot change it */
    CONFIG_ZERO_NONE = 2,  /* 0 is allowed whatever `least` says, and means none */
    CONFIG_NOT_WHOLE = 4,  /* networks: prefix 0 is refused */
    CONFIG_ROWS_MAX = 32,  /* in one section */
    CONFIG_TITLE_MAX = 64, /* bytes */
    CONFIG_SECRET_MAX = 512
};

struct config_row {
    const char *key;
    enum config_kind kind;
    size_t offset;        /* in the section's struct */
    const char *standard; /* the default as text, a list separated by commas; NULL: see config.c */
    uint32_t least, most;
    const char *const *words; /* of a choice, NULL at the end */
    enum config_shape shape;
    uint32_t flags;
};

struct config_section {
    const char *name;
    const struct config_row *rows;
    uint32_t row_count;
    bool titled;           /* several, each begins with `struct slice title` */
    size_t offset, stride; /* in struct config; stride: from one titled section to the next */
    size_t count_offset;   /* of the uint32_t that counts them */
    uint32_t count_max;
};

extern const struct config_section config_sections[];
extern const uint32_t config_section_count;

/* NULL: there is none. */
const struct config_section *config_section_find(struct slice name);
const struct config_row *config_row_find(const struct config_section *section, struct slice key);

/* The place of a section's struct in `config`; `element` is 0 where it has no titles. */
void *config_section_at(const struct config *config, const struct config_section *section,
                        uint32_t element);
/* How many there are: 1 where it has no titles. */
uint32_t config_section_elements(const struct config *config, const struct config_section *section);
uint32_t *config_section_counter(struct config *config, const struct config_section *section);

#endif
