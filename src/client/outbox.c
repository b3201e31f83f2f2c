/* outbox.c: posts, and their lines. */
#include "client/outbox.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/check.h"
#include "client/speak.h"

static void post_deinit(struct post *post) {
    free(post->client_id);
    free(post->to);
    free(post->text);
    *post = (struct post){0};
}

void outbox_deinit(struct outbox *outbox) {
    for (size_t i = 0; i < outbox->count; i++)
        post_deinit(&outbox->posts[i]);
    free(outbox->posts);
    *outbox = (struct outbox){0};
}

bool outbox_put(struct outbox *outbox, const struct post *post) {
    if (outbox->count == OUTBOX_MAX) return false;
    void *posts = outbox->posts;
    own_grow(&posts, &outbox->cap, outbox->count, sizeof *outbox->posts);
    outbox->posts = posts;
    outbox->posts[outbox->count++] = *post;
    outbox->changes++;
    return true;
}

struct post *outbox_find(struct outbox *outbox, struct slice client_id) {
    for (size_t i = 0; i < outbox->count; i++)
        if (slice_equal(own_slice(outbox->posts[i].client_id), client_id)) return &outbox->posts[i];
    return NULL;
}

struct post *outbox_find_ref(struct outbox *outbox, uint16_t ref) {
    check(ref > 0);
    for (size_t i = 0; i < outbox->count; i++)
        if (outbox->posts[i].ref == ref) return &outbox->posts[i];
    return NULL;
}

void outbox_drop(struct outbox *outbox, struct post *post) {
    size_t index = (size_t)(post - outbox->posts);
    check(index < outbox->count);
    post_deinit(post);
    outbox->count--;
    memmove(post, post + 1, (outbox->count - index) * sizeof *post);
    outbox->changes++;
}

void outbox_recall(struct outbox *outbox) {
    for (size_t i = 0; i < outbox->count; i++)
        outbox->posts[i].ref = 0;
}

char *outbox_text(const struct outbox *outbox) {
    char *file = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&file, &size);
    check(out != NULL);
    for (size_t i = 0; i < outbox->count; i++) {
        json_t *line = post_object(&outbox->posts[i]);
        json_dumpf(line, out, JSON_COMPACT);
        fputc('\n', out);
        json_decref(line);
    }
    fclose(out);
    check(file != NULL);
    return file;
}

static void read_line(struct outbox *outbox, struct slice line) {
    json_t *object = json_loadb(line.at, line.size, JSON_REJECT_DUPLICATES, NULL);
    struct post post = {0};
    own_set(&post.client_id, said_text(object, "client_id"));
    own_set(&post.text, said_text(object, "text"));
    own_set(&post.to, said_text(object, "to"));
    post.room = said_number(object, "room");
    post.reply = said_number(object, "reply");
    struct slice kind = said_text(object, "kind");
    if (slice_equal(kind, slice_of("action"))) post.kind = ENTRY_ACTION;
    if (slice_equal(kind, slice_of("notice"))) post.kind = ENTRY_NOTICE;
    json_decref(object);
    bool whole = post.client_id && post.text && (post.to || post.room > 0);
    if (!whole || outbox_find(outbox, own_slice(post.client_id)) || !outbox_put(outbox, &post))
        post_deinit(&post);
}

void outbox_read(struct outbox *outbox, struct slice file) {
    while (file.size > 0)
        read_line(outbox, slice_until(&file, '\n'));
}
