/* rest_route.c: every path of the API. A star stands for one part of a path.
 * doc/protocol/openapi.yaml describes them, and a test compares the two. */
#include "dialect/rest.h"

static const struct rest_route routes[] = {
    {"GET", "/api/openapi.yaml", rest_openapi, "", "", REST_NOTHING},
    {"GET", "/api/v1/schema.json", rest_schema, "", "", REST_NOTHING},
    {"POST", "/hooks/*", rest_hook, NULL, "", REST_OK},
    {"GET", "/api/v1/events", rest_events, "", "after", REST_NOTHING},
    {"GET", "/api/v1/me", rest_me, "", "", REST_NOTHING},
    {"GET", "/api/v1/tokens", rest_tokens, "", "", REST_TOKENS},
    {"POST", "/api/v1/tokens", rest_token_add, "name scopes", "", REST_TOKEN},
    {"DELETE", "/api/v1/tokens/*", rest_token_delete, "", "", REST_NOTHING},
    {"GET", "/api/v1/invitations", rest_invitations, "", "", REST_LIST},
    {"POST", "/api/v1/invitations", rest_invitation_add, "uses days", "", REST_TOKEN},
    {"DELETE", "/api/v1/invitations/*", rest_invitation_delete, "", "", REST_NOTHING},
    {"GET", "/api/v1/people", rest_people, "", "", REST_LIST},
    {"GET", "/api/v1/people/*", rest_person, "", "", REST_PERSON},
    {"GET", "/api/v1/people/*/messages", rest_direct_messages, "", "before after around count all",
     REST_PAGE},
    {"POST", "/api/v1/people/*/messages", rest_direct, NULL, "", REST_MADE},
    {"GET", "/api/v1/rooms", rest_rooms, "", "", REST_LIST},
    {"POST", "/api/v1/rooms", rest_room_create, "name", "", REST_ROOM},
    {"GET", "/api/v1/rooms/*", rest_room_show, "", "", REST_ROOM},
    {"PATCH", "/api/v1/rooms/*", rest_room_change, "topic name", "", REST_NOTHING},
    {"DELETE", "/api/v1/rooms/*", rest_room_delete, "", "", REST_NOTHING},
    {"PUT", "/api/v1/rooms/*/membership", rest_enter, "key", "", REST_ROOM},
    {"DELETE", "/api/v1/rooms/*/membership", rest_leave, "", "", REST_NOTHING},
    {"GET", "/api/v1/rooms/*/members", rest_members, "", "", REST_LIST},
    {"DELETE", "/api/v1/rooms/*/members/*", rest_kick, "", "why", REST_NOTHING},
    {"PUT", "/api/v1/rooms/*/roles/*", rest_role, "role", "", REST_NOTHING},
    {"GET", "/api/v1/rooms/*/modes", rest_modes, "", "", REST_MODES},
    {"PUT", "/api/v1/rooms/*/modes/*", rest_mode, "value", "", REST_NOTHING},
    {"PUT", "/api/v1/rooms/*/bans/*", rest_ban, "minutes hours why", "", REST_NOTHING},
    {"DELETE", "/api/v1/rooms/*/bans/*", rest_unban, "", "", REST_NOTHING},
    {"PUT", "/api/v1/rooms/*/mutes/*", rest_mute, "minutes why", "", REST_NOTHING},
    {"DELETE", "/api/v1/rooms/*/mutes/*", rest_unmute, "", "", REST_NOTHING},
    {"PUT", "/api/v1/rooms/*/filters/*", rest_filter, "action seconds", "", REST_NOTHING},
    {"DELETE", "/api/v1/rooms/*/filters/*", rest_unfilter, "", "", REST_NOTHING},
    {"PUT", "/api/v1/rooms/*/invitations/*", rest_invite, "", "", REST_NOTHING},
    {"GET", "/api/v1/rooms/*/restraints", rest_restraints, "", "", REST_LIST},
    {"GET", "/api/v1/rooms/*/audit", rest_audit, "", "count", REST_PAGE},
    {"PUT", "/api/v1/rooms/*/read", rest_read_up, "seq", "", REST_READ},
    {"POST", "/api/v1/rooms/*/hooks", rest_hook_add, "name shown", "", REST_TOKEN},
    {"GET", "/api/v1/rooms/*/outgoing", rest_webhooks, "", "", REST_LIST},
    {"POST", "/api/v1/rooms/*/outgoing", rest_webhook_add, "url", "", REST_WEBHOOK},
    {"DELETE", "/api/v1/rooms/*/outgoing/*", rest_webhook_delete, "", "", REST_NOTHING},
    {"GET", "/api/v1/rooms/*/search", rest_search, "", "text count before", REST_PAGE},
    {"GET", "/api/v1/rooms/*/messages", rest_messages, "", "before after around count all",
     REST_PAGE},
    {"POST", "/api/v1/rooms/*/messages", rest_send, NULL, "", REST_MADE},
    {"GET", "/api/v1/rooms/*/messages/*", rest_message, "", "", REST_ONE},
    {"PATCH", "/api/v1/rooms/*/messages/*", rest_edit, "text", "", REST_EVENT},
    {"DELETE", "/api/v1/rooms/*/messages/*", rest_remove, "", "why", REST_EVENT},
    {"PUT", "/api/v1/rooms/*/messages/*/reactions/*", rest_react, "", "", REST_EVENT},
    {"DELETE", "/api/v1/rooms/*/messages/*/reactions/*", rest_unreact, "", "", REST_EVENT},
    {"GET", "/api/v1/server/restraints", rest_server_restraints, "", "", REST_LIST},
    {"GET", "/api/v1/server/audit", rest_server_audit, "", "count", REST_PAGE},
    {"PUT", "/api/v1/server/lockdown", rest_lock, "", "", REST_NOTHING},
    {"DELETE", "/api/v1/server/lockdown", rest_unlock, "", "", REST_NOTHING},
    {"PUT", "/api/v1/server/bans/*", rest_server_ban, "minutes why", "", REST_NOTHING},
    {"DELETE", "/api/v1/server/bans/*", rest_server_unban, "", "", REST_NOTHING},
    {"PUT", "/api/v1/server/filters/*", rest_server_filter, "action seconds", "", REST_NOTHING},
    {"DELETE", "/api/v1/server/filters/*", rest_server_unfilter, "", "", REST_NOTHING},
};

/* A part that is empty is none. */
static bool path_fits(struct rest_call *rest, struct slice path, struct slice pattern) {
    rest->part_count = 0;
    while (path.size > 0 && pattern.size > 0) {
        struct slice own = slice_until(&path, '/'), wanted = slice_until(&pattern, '/');
        bool ends = path.size == 0, ended = pattern.size == 0;
        if (ends != ended) return false;
        if (!slice_equal(wanted, slice_of("*"))) {
            if (!slice_equal(own, wanted)) return false;
            continue;
        }
        if (own.size == 0 || rest->part_count == REST_PARTS_MAX) return false;
        rest->parts[rest->part_count++] = own;
    }
    return path.size == 0 && pattern.size == 0;
}

const struct rest_route *rest_route_of(struct rest_call *rest, int *status, struct buf *allowed) {
    const struct http_request *request = rest->call->request;
    struct slice method = request->method;
    bool head = slice_equal(method, slice_of("HEAD"));
    if (head) method = slice_of("GET");
    *status = 404;
    if (request->path.size > 0 && request->path.at[request->path.size - 1] == '/') return NULL;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!path_fits(rest, request->path, slice_text(routes[i].path))) continue;
        if (slice_equal(method, slice_text(routes[i].method))) return &routes[i];
        *status = 405;
        if (allowed->size > 0) buf_text(allowed, ", ");
        buf_text(allowed, routes[i].method);
    }
    return NULL;
}
