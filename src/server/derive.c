/* derive.c: a configuration as the hub and the store want it. */
#include "server/derive.h"

struct hub_limits derive_hub_limits(const struct config *config) {
    const struct config_limits *limits = &config->limits;
    return (struct hub_limits){.name_size = limits->nick_length,
                               .room_name_size = limits->channel_length,
                               .topic_size = limits->topic_length,
                               .away_size = limits->away_length,
                               .text_size = limits->max_message_bytes,
                               .user_rooms = limits->channels_per_user,
                               .history_count = config->history.max_messages,
                               .history = config->history.enabled,
                               .search = config->history.search,
                               .retract = config->history.allow_redaction,
                               .list_entries = limits->list_mode_entries};
}

struct store_options derive_store_options(const struct config *config) {
    return (struct store_options){
        .folder = config->server.data.at,
        .durability = config->server.durability == CONFIG_DURABILITY_FULL     ? STORE_FULL
                      : config->server.durability == CONFIG_DURABILITY_NORMAL ? STORE_NORMAL
                                                                              : STORE_OFF,
        .in_memory = config->history.store == CONFIG_STORE_MEMORY,
        .retention_days = config->history.retention_days};
}
