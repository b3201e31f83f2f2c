/* trail.c: one shared stream of equal-sized lines, extended by the first, compared by the rest. */
#include "bench/trail.h"

#include "base/check.h"
#include "bench/halt.h"

#include <stdlib.h>

void trail_init(struct trail *trail, uint32_t text_size, uint64_t line_cap, uint32_t sender_count) {
    check(line_cap > 0 && (line_cap & (line_cap - 1)) == 0);
    *trail = (struct trail){.line_cap = line_cap,
                            .line_size = probe_line_size(text_size),
                            .text_size = text_size,
                            .timed_senders = sender_count};
    trail->ring = malloc(line_cap * trail->line_size);
    trail->sent_ns = calloc(line_cap, sizeof *trail->sent_ns);
    trail->here = calloc(line_cap, sizeof *trail->here);
    check(trail->ring != NULL && trail->sent_ns != NULL && trail->here != NULL);
    tally_init(&trail->tally, sender_count);
}

void trail_deinit(struct trail *trail) {
    free(trail->ring);
    free(trail->sent_ns);
    free(trail->here);
    tally_deinit(&trail->tally);
    *trail = (struct trail){0};
}

static const char *line_at(const struct trail *trail, uint64_t line) {
    return trail->ring + (line & (trail->line_cap - 1)) * trail->line_size;
}

/* Whoever passes the slowest line moves it on; each line is passed once, however many followers. */
static void pass_empty_lines(struct trail *trail) {
    while (trail->follower_count > 0 && trail->slowest < trail->line_count &&
           trail->here[trail->slowest & (trail->line_cap - 1)] == 0) {
        trail->slowest++;
    }
}

void trail_enter(struct trail *trail) {
    check(trail->size == 0);
    trail->here[0]++;
    trail->follower_count++;
}

void trail_leave(struct trail *trail, uint64_t at) {
    uint32_t *here = &trail->here[(at / trail->line_size) & (trail->line_cap - 1)];
    check(*here > 0 && trail->follower_count > 0);
    (*here)--;
    trail->follower_count--;
    pass_empty_lines(trail);
}

void trail_move(struct trail *trail, uint64_t from, uint64_t to) {
    check(from <= to && to <= trail->size);
    uint64_t old_line = from / trail->line_size, line = to / trail->line_size;
    if (old_line == line) return;
    check(trail->here[old_line & (trail->line_cap - 1)] > 0);
    trail->here[old_line & (trail->line_cap - 1)]--;
    trail->here[line & (trail->line_cap - 1)]++;
    if (old_line == trail->slowest) pass_empty_lines(trail);
}

/* A line that is no probe is not the measured traffic: what the server says there ends the run. */
static void read_new_lines(struct trail *trail) {
    while ((trail->line_count + 1) * trail->line_size <= trail->size) {
        const char *line = line_at(trail, trail->line_count);
        struct probe probe;
        bool right = probe_read((struct slice){line, trail->line_size}, trail->text_size, &probe);
        if (!right || probe.sender >= trail->tally.sender_count) {
            halt(HALT_FAILED, "the server sent what nobody said: '%.*s'", (int)trail->line_size - 2,
                 line);
        }
        tally_note(&trail->tally, &probe);
        bool timed = probe.sender < trail->timed_senders;
        trail->sent_ns[trail->line_count & (trail->line_cap - 1)] = timed ? probe.sent_ns : 0;
        trail->line_count++;
    }
}

uint64_t trail_follow(struct trail *trail, uint64_t at, struct slice bytes) {
    uint64_t ring_size = trail->line_cap * trail->line_size, done = 0;
    while (done < bytes.size) {
        uint64_t ring_at = at % ring_size, run = bytes.size - done;
        if (run > ring_size - ring_at) run = ring_size - ring_at;
        if (at < trail->size) {
            if (run > trail->size - at) run = trail->size - at;
            if (memcmp(trail->ring + ring_at, bytes.at + done, run) != 0) return done;
        } else {
            uint64_t last_line = (trail->size + run) / trail->line_size;
            if (last_line - trail->slowest >= trail->line_cap) {
                halt(HALT_FAILED, "the server sent more lines than were under way");
            }
            memcpy(trail->ring + ring_at, bytes.at + done, run);
            trail->size += run;
            read_new_lines(trail);
        }
        done += run;
        at += run;
    }
    return done;
}

struct slice trail_partial(const struct trail *trail, uint64_t at) {
    return (struct slice){line_at(trail, at / trail->line_size), at % trail->line_size};
}

static struct probe probe_at(const struct trail *trail, uint64_t line) {
    struct probe probe;
    struct slice bytes = {line_at(trail, line), trail->line_size};
    check(probe_read(bytes, trail->text_size, &probe));
    return probe;
}

/* What comes next from a sender is what follows her last line before `at`; where that one is no
 * longer kept, her first line after it. */
void trail_tally(const struct trail *trail, uint64_t at, struct tally *tally) {
    uint64_t at_line = at / trail->line_size;
    uint64_t kept = trail->line_cap - 1; /* one slot may hold the beginning of the next line */
    uint64_t oldest = trail->line_count > kept ? trail->line_count - kept : 0;
    for (uint32_t sender = 0; sender < tally->sender_count; sender++) {
        tally->next[sender] = trail->tally.next[sender];
        tally->holes[sender] = trail->tally.holes[sender];
    }
    for (uint64_t line = trail->line_count; line > at_line; line--) {
        struct probe probe = probe_at(trail, line - 1);
        tally->next[probe.sender] = probe.sequence;
    }
    for (uint64_t line = oldest; line < at_line; line++) {
        struct probe probe = probe_at(trail, line);
        tally->next[probe.sender] = probe.sequence + 1;
    }
}
