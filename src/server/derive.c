/* derive.c: a configuration as the hub and the store want it. */
#include "server/derive.h"

#include "base/secret.h"

/* Words of the setting privileges; those of later versions are read over. */
static uint8_t powers_of(const struct config_oper *oper) {
    static const struct {
        const char *word;
        uint8_t power;
    } words[] = {{"all", POWER_ALL},         {"rooms", POWER_ROOMS},   {"kill", POWER_KILL},
                 {"wallops", POWER_WALLOPS}, {"rehash", POWER_REHASH}, {"die", POWER_DIE}};
    uint8_t powers = 0;
    for (uint32_t i = 0; i < oper->privileges.count; i++)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            if (slice_equal(oper->privileges.at[i], slice_text(words[w].word)))
                powers |= words[w].power;
    return powers;
}

/* Their passwords are kept as hashes from here on; the configuration has them anyway. */
static void derive_opers(const struct config *config, struct hub_limits *limits) {
    for (uint32_t i = 0; i < config->oper_count && limits->oper_count < OPERS_MAX; i++) {
        const struct config_oper *from = &config->opers[i];
        struct hub_oper *oper = &limits->opers[limits->oper_count];
        if (from->title.size > sizeof oper->name) continue; /* server.c refuses those */
        memcpy(oper->name, from->title.at, from->title.size);
        oper->name_size = (uint8_t)from->title.size;
        secret_hash(from->password, oper->hash);
        oper->powers = powers_of(from);
        limits->oper_count++;
    }
}

static uint32_t modes_of(struct slice letters) {
    uint32_t modes = 0;
    for (size_t i = 0; i < letters.size; i++) {
        if (letters.at[i] == 'i') modes |= PERSON_INVISIBLE;
        if (letters.at[i] == 'w') modes |= PERSON_WALLOPS;
        if (letters.at[i] == 'R') modes |= PERSON_REGISTERED;
        if (letters.at[i] == 'T') modes |= PERSON_NO_CTCP;
        if (letters.at[i] == 'B') modes |= PERSON_BOT;
    }
    return modes;
}

static uint8_t stays_of(enum config_always_on setting) {
    static const uint8_t stays[] = {[CONFIG_ALWAYS_ON_OFF] = STAYS_NEVER,
                                    [CONFIG_ALWAYS_ON_OPT_IN] = STAYS_OPT_IN,
                                    [CONFIG_ALWAYS_ON_OPT_OUT] = STAYS_OPT_OUT,
                                    [CONFIG_ALWAYS_ON_MANDATORY] = STAYS_ALWAYS};
    return stays[setting];
}

struct hub_limits derive_hub_limits(const struct config *config) {
    const struct config_limits *limits = &config->limits;
    const struct config_accounts *accounts = &config->accounts;
    const struct config_throttle *throttle = &config->throttle;
    struct hub_limits derived = {
        .name_size = limits->nick_length,
        .room_name_size = limits->channel_length,
        .topic_size = limits->topic_length,
        .away_size = limits->away_length,
        .text_size = limits->max_message_bytes,
        .why_size = limits->kick_length,
        .user_rooms = limits->channels_per_user,
        .history_count = config->history.max_messages,
        .history = config->history.enabled,
        .search = config->history.search,
        .retract = config->history.allow_redaction,
        .accounts = accounts->enabled,
        .guests = accounts->guests,
        .registration = accounts->registration,
        .registration_before_connect = accounts->registration_before_connect,
        .multiclient = accounts->multiclient,
        .stays = stays_of(accounts->always_on),
        .names_reserved = accounts->nick_reservation == CONFIG_RESERVATION_STRICT,
        .login_attempts = throttle->enabled ? throttle->login_attempts_per_minute : 0,
        .list_entries = limits->list_mode_entries,
        .default_modes = modes_of(accounts->default_user_modes),
        .whowas_entries = limits->whowas_entries,
        .fact_keys = limits->metadata_max_keys,
        .monitor_entries = limits->monitor_entries,
        .rooms_per_hour = throttle->enabled ? limits->rooms_per_hour : 0};
    derive_opers(config, &derived);
    return derived;
}

uint32_t derive_body_size(const struct config *config) {
    enum { BESIDES = 8192 };
    uint32_t line = config->limits.max_line_bytes;
    uint32_t body = 2 * config->limits.max_message_bytes + BESIDES;
    return body > line ? body : line;
}

struct store_options derive_store_options(const struct config *config) {
    return (struct store_options){
        .folder = config->server.data.at,
        .durability = config->server.durability == CONFIG_DURABILITY_FULL     ? STORE_FULL
                      : config->server.durability == CONFIG_DURABILITY_NORMAL ? STORE_NORMAL
                                                                              : STORE_OFF,
        .in_memory = config->history.store == CONFIG_STORE_MEMORY,
        .retention_days = config->history.retention_days,
        .search = config->history.search};
}
