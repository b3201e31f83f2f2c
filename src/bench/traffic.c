/* traffic.c: the loop that sends and receives. Per receiver and turn it costs one epoll event, one
 * recv() of all that is there, one memcmp() with the trail, and a few nanoseconds per line for the
 * delays. */
#include "bench/traffic.h"

#include "base/check.h"
#include "bench/halt.h"
#include "bench/meter.h"
#include "bench/tick.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PACED_UNDER_WAY_MAX = 16 * 1024, /* messages; a paced server further behind is no server */
    STALL_S = 5,                     /* without any delivery: what is missing is lost */
};

#define ASIDE_EVENT UINT32_MAX

static uint64_t under_way_max(const struct traffic_plan *plan) {
    return plan->window > 0 ? plan->window : PACED_UNDER_WAY_MAX;
}

static uint64_t power_above(uint64_t number) {
    uint64_t power = 64;
    while (power <= number) {
        power *= 2;
    }
    return power;
}

static void enter_all(struct traffic *traffic) {
    const struct traffic_plan *plan = &traffic->plan;
    char nick[16];
    for (uint32_t i = 0; i < plan->sender_count; i++) {
        snprintf(nick, sizeof nick, "s%03u", i);
        uint32_t client = crowd_enter(&traffic->crowd, nick);
        struct traffic_sender *sender = &traffic->senders[i];
        traffic->receivers[client].loner = loner_new(plan->sender_count, plan->text_size);
        sender->unsent_cap = under_way_max(plan) * (plan->text_size + 2);
        sender->unsent = malloc(sender->unsent_cap);
        check(sender->unsent != NULL);
    }
    for (uint32_t i = 0; i < plan->receiver_count; i++) {
        snprintf(nick, sizeof nick, "r%05u", i);
        crowd_enter(&traffic->crowd, nick);
        trail_enter(&traffic->trail);
    }
}

void traffic_init(struct traffic *traffic, const struct traffic_plan *plan, uint16_t port) {
    check(plan->receiver_count > 0 && plan->sender_count > 0);
    uint32_t client_count = plan->sender_count + plan->receiver_count;
    *traffic = (struct traffic){.plan = *plan, .aside.fd = -1};
    traffic->senders = calloc(plan->sender_count, sizeof *traffic->senders);
    traffic->receivers = calloc(client_count, sizeof *traffic->receivers);
    traffic->sent = calloc(plan->sender_count, sizeof *traffic->sent);
    check(traffic->senders != NULL && traffic->receivers != NULL && traffic->sent != NULL);
    uint64_t line_cap = power_above(under_way_max(plan) + 2);
    trail_init(&traffic->trail, plan->text_size, line_cap, plan->sender_count);
    if (plan->window == 0) traffic->trail.timed_senders = 1;
    crowd_init(&traffic->crowd, port, client_count);
    enter_all(traffic);
    crowd_gather(&traffic->crowd);
}

void traffic_deinit(struct traffic *traffic) {
    for (uint32_t i = 0; i < traffic->crowd.count; i++) {
        loner_free(traffic->receivers[i].loner);
    }
    for (uint32_t i = 0; i < traffic->plan.sender_count; i++) {
        free(traffic->senders[i].unsent);
    }
    crowd_deinit(&traffic->crowd);
    trail_deinit(&traffic->trail);
    free(traffic->senders);
    free(traffic->receivers);
    free(traffic->sent);
    *traffic = (struct traffic){0};
}

void traffic_add_aside(struct traffic *traffic, const struct traffic_aside *aside) {
    traffic->aside = *aside;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = ASIDE_EVENT};
    check(epoll_ctl(traffic->crowd.epoll, EPOLL_CTL_ADD, aside->fd, &event) == 0);
}

/* Sending */

static void push(struct traffic *traffic, uint32_t index) {
    struct traffic_sender *sender = &traffic->senders[index];
    if (sender->unsent_size == 0) return;
    size_t sent =
        crowd_send(&traffic->crowd, index, (struct slice){sender->unsent, sender->unsent_size});
    sender->unsent_size -= sent;
    if (sent > 0) memmove(sender->unsent, sender->unsent + sent, sender->unsent_size);
}

/* `count` messages of one sender, all of one time, with one send(). */
static void speak(struct traffic *traffic, uint32_t index, uint64_t count) {
    struct traffic_sender *sender = &traffic->senders[index];
    uint32_t text_size = traffic->plan.text_size;
    struct probe probe = {.sender = index, .sent_ns = tick_ns()};
    for (uint64_t i = 0; i < count; i++) {
        check(sender->unsent_cap - sender->unsent_size >= text_size + 2);
        char *text = sender->unsent + sender->unsent_size;
        probe.sequence = traffic->sent[index]++;
        probe_write(text, text_size, &probe);
        memcpy(text + text_size, "\r\n", 2);
        sender->unsent_size += text_size + 2;
    }
    traffic->sent_count += count;
    traffic->expected += count * (traffic->crowd.count - 1);
    push(traffic, index);
}

static uint64_t room_under_way(const struct traffic *traffic) {
    const struct traffic_plan *plan = &traffic->plan;
    uint64_t under_way = traffic->sent_count - traffic->trail.slowest;
    uint64_t room = under_way < under_way_max(plan) ? under_way_max(plan) - under_way : 0;
    if (plan->message_max > 0 && room > plan->message_max - traffic->sent_count) {
        room = plan->message_max - traffic->sent_count;
    }
    return room;
}

/* Share the room in the window equally among the senders. */
static void speak_by_window(struct traffic *traffic) {
    uint32_t sender_count = traffic->plan.sender_count;
    uint64_t room = room_under_way(traffic);
    for (uint32_t left = sender_count; left > 0 && room > 0; left--) {
        uint64_t share = (room + left - 1) / left;
        speak(traffic, traffic->next_sender, share);
        traffic->next_sender = (traffic->next_sender + 1) % sender_count;
        room -= share;
    }
}

/* Returns when the next one is due. A turn that comes late is not made up for. */
static uint64_t speak_by_pace(struct traffic *traffic, uint64_t now) {
    uint64_t next_ns = UINT64_MAX;
    for (uint32_t i = 0; i < 2 && i < traffic->plan.sender_count; i++) {
        const struct traffic_pace *pace = &traffic->plan.pace[i];
        struct traffic_sender *sender = &traffic->senders[i];
        if (pace->message_count == 0) continue;
        if (now >= sender->due_ns) {
            if (room_under_way(traffic) < pace->message_count) {
                halt(HALT_FAILED, "the server does not keep the pace: %d messages behind",
                     PACED_UNDER_WAY_MAX);
            }
            speak(traffic, i, pace->message_count);
            sender->due_ns += pace->interval_ns;
            if (sender->due_ns < now) sender->due_ns = now + pace->interval_ns;
        }
        if (sender->due_ns < next_ns) next_ns = sender->due_ns;
    }
    return next_ns;
}

/* Receiving */

/* The delays of lines `from` to `to`; neighbours sent at the same time are added at once. */
static void add_delays(struct traffic *traffic, uint64_t from, uint64_t to, uint64_t now) {
    const uint64_t *sent_ns = traffic->trail.sent_ns;
    uint64_t mask = traffic->trail.line_cap - 1;
    while (from < to) {
        uint64_t time = sent_ns[from & mask], first = from;
        while (from < to && sent_ns[from & mask] == time) {
            from++;
        }
        if (time != 0) {
            quantile_add(&traffic->latency, now > time ? now - time : 0, from - first);
        }
    }
}

static void read_alone(struct traffic *traffic, uint32_t client, struct slice bytes) {
    struct loner *loner = traffic->receivers[client].loner;
    uint64_t before = loner->line_count;
    loner_read(loner, bytes);
    traffic->deliveries += loner->line_count - before;
}

/* This receiver's stream is not the others': from here on it is read by itself, and not waited for.
 */
static void stray(struct traffic *traffic, uint32_t client) {
    struct traffic_receiver *receiver = &traffic->receivers[client];
    receiver->loner = loner_new(traffic->plan.sender_count, traffic->plan.text_size);
    trail_tally(&traffic->trail, receiver->at, &receiver->loner->tally);
    loner_read(receiver->loner, trail_partial(&traffic->trail, receiver->at));
    trail_leave(&traffic->trail, receiver->at);
}

static void receive(struct traffic *traffic, uint32_t client) {
    struct slice bytes = crowd_read(&traffic->crowd, client);
    struct traffic_receiver *receiver = &traffic->receivers[client];
    if (bytes.size == 0) return;
    if (receiver->loner != NULL) {
        read_alone(traffic, client, bytes);
        return;
    }
    struct trail *trail = &traffic->trail;
    uint64_t from = receiver->at;
    uint64_t followed = trail_follow(trail, from, bytes);
    receiver->at += followed;
    trail_move(trail, from, receiver->at);
    uint64_t line = from / trail->line_size, end = receiver->at / trail->line_size;
    traffic->deliveries += end - line;
    if (traffic->measuring && end > line) add_delays(traffic, line, end, tick_ns());
    if (followed < bytes.size) {
        stray(traffic, client);
        read_alone(traffic, client, slice_from(bytes, followed));
    }
}

/* Returns how many sockets had something. */
static uint32_t turn(struct traffic *traffic, uint64_t ns) {
    bool held_up = false;
    for (uint32_t i = 0; i < traffic->plan.sender_count; i++) {
        push(traffic, i);
        if (traffic->senders[i].unsent_size > 0) held_up = true;
    }
    if (held_up && ns > TICK_MS) ns = TICK_MS;
    uint32_t count = crowd_wait(&traffic->crowd, ns);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t client = traffic->crowd.events[i].data.u32;
        if (client == ASIDE_EVENT) {
            traffic->aside.ready(traffic->aside.context);
        } else {
            receive(traffic, client);
        }
    }
    return count;
}

/* Until `end_ns`, or until all messages are sent. False if nothing comes any more. */
static bool run_until(struct traffic *traffic, uint64_t end_ns) {
    uint64_t last = traffic->deliveries, last_ns = tick_ns();
    for (uint64_t now = last_ns; now < end_ns && !traffic->enough; now = tick_ns()) {
        if (traffic->plan.message_max > 0 && traffic->sent_count >= traffic->plan.message_max) {
            return true;
        }
        uint64_t next_ns = now + 100 * TICK_MS;
        if (traffic->plan.window > 0) {
            speak_by_window(traffic);
        } else {
            next_ns = speak_by_pace(traffic, now);
        }
        if (next_ns > end_ns) next_ns = end_ns;
        turn(traffic, next_ns > now ? next_ns - now : 0);
        if (traffic->deliveries != last || traffic->deliveries == traffic->expected) {
            last = traffic->deliveries;
            last_ns = now;
        } else if (now - last_ns > STALL_S * TICK_S) {
            return false;
        }
    }
    return true;
}

/* Read until as much as expected is here, or nothing comes any more. */
static void run_out(struct traffic *traffic) {
    uint64_t last = traffic->deliveries, last_ns = tick_ns();
    while (traffic->deliveries < traffic->expected) {
        turn(traffic, 50 * TICK_MS);
        if (traffic->deliveries != last) {
            last = traffic->deliveries;
            last_ns = tick_ns();
        } else if (tick_ns() - last_ns > STALL_S * TICK_S) {
            break;
        }
    }
}

/* There might be too much: read until it is quiet. */
static void run_quiet(struct traffic *traffic) {
    uint64_t end_ns = tick_ns() + STALL_S * TICK_S;
    while (turn(traffic, 200 * TICK_MS) > 0 && tick_ns() < end_ns) {
    }
}

static void count_faults(const struct traffic *traffic, struct traffic_result *result) {
    const struct trail *trail = &traffic->trail;
    for (uint32_t client = 0; client < traffic->crowd.count; client++) {
        const struct loner *loner = traffic->receivers[client].loner;
        uint32_t self = client < traffic->plan.sender_count ? client : PROBE_SENDERS_MAX;
        if (loner != NULL) {
            result->lost += tally_lost(&loner->tally, traffic->sent, self);
            result->duplicated += loner->tally.duplicated + loner->foreign;
            result->disordered += loner->tally.disordered;
        } else {
            uint64_t missing = trail->line_count - traffic->receivers[client].at / trail->line_size;
            result->lost += tally_lost(&trail->tally, traffic->sent, self) + missing;
            result->duplicated += trail->tally.duplicated;
            result->disordered += trail->tally.disordered;
        }
    }
}

void traffic_run(struct traffic *traffic, pid_t pid, struct traffic_result *result) {
    const struct traffic_plan *plan = &traffic->plan;
    uint64_t start_ns = tick_ns();
    for (uint32_t i = 0; i < plan->sender_count; i++) {
        traffic->senders[i].due_ns = start_ns;
    }
    bool going = run_until(traffic, start_ns + plan->warm_ns);
    uint64_t deliveries = traffic->deliveries, messages = traffic->sent_count;
    uint64_t server_ns = meter_cpu_ns(pid), generator_ns = meter_cpu_ns(getpid());
    traffic->measuring = true;
    uint64_t from_ns = tick_ns();
    if (going) run_until(traffic, from_ns + plan->measure_ns);
    if (plan->message_max > 0) run_out(traffic);
    uint64_t to_ns = tick_ns();
    server_ns = meter_cpu_ns(pid) - server_ns;
    generator_ns = meter_cpu_ns(getpid()) - generator_ns;
    traffic->measuring = false;
    *result = (struct traffic_result){.seconds = (double)(to_ns - from_ns) / 1e9,
                                      .deliveries = traffic->deliveries - deliveries,
                                      .messages = traffic->sent_count - messages,
                                      .server_cpu_s = (double)server_ns / 1e9,
                                      .generator_cpu_s = (double)generator_ns / 1e9,
                                      .latency = traffic->latency};
    run_out(traffic);
    run_quiet(traffic);
    count_faults(traffic, result);
}
