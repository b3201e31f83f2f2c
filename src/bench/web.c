/* web.c: receivers that speak JSON by WebSocket. */
#include "bench/web.h"

#include "base/check.h"
#include "bench/halt.h"

#include <stdio.h>

/* A client's frame is masked; that of zeros leaves the text as it is. */
static size_t put_frame(char *to, const char *text) {
    size_t size = strlen(text);
    check(size < 126);
    to[0] = (char)0x81;
    to[1] = (char)(0x80 | size);
    memset(to + 2, 0, 4);
    memcpy(to + 6, text, size);
    return size + 6;
}

static size_t greet(char *to, size_t size, uint32_t index, uint32_t set, uint16_t port) {
    char hello[80];
    (void)set;
    int head = snprintf(to, size,
                        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                        (unsigned)port);
    snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"name\":\"r%05u\"}", index);
    check(head > 0 && (size_t)head + 200 < size);
    size_t end = (size_t)head + put_frame(to + head, hello);
    return end + put_frame(to + end, "{\"type\":\"ping\"}");
}

/* The bytes of the frame that the bytes begin with; 0: its head is not whole yet. */
static size_t frame_size(struct slice bytes) {
    const unsigned char *at = (const unsigned char *)bytes.at;
    if (bytes.size < 2) return 0;
    if (at[0] != 0x81) halt(HALT_FAILED, "a frame begins with %02x", at[0]);
    if (at[1] < 126) return 2u + at[1];
    if (bytes.size < 4) return 0;
    size_t size = 4 + ((size_t)at[2] << 8 | at[3]);
    if (at[1] != 126 || size > RECEIVER_KEPT_MAX) halt(HALT_FAILED, "a frame of %zu bytes", size);
    return size;
}

/* What there is of the frame that was begun. True: it is whole now, in receiver->kept. */
static bool frame_end(struct receiver *receiver, struct slice *bytes) {
    while (bytes->size > 0) {
        size_t size = frame_size((struct slice){receiver->kept, receiver->kept_size});
        size_t wanted = size == 0 ? 1 : size - receiver->kept_size;
        struct slice some = slice_head(*bytes, wanted);
        memcpy(receiver->kept + receiver->kept_size, some.at, some.size);
        receiver->kept_size += (uint32_t)some.size;
        *bytes = slice_from(*bytes, some.size);
        if (size > 0 && receiver->kept_size == size) return true;
    }
    return false;
}

static uint64_t split(struct receiver *receiver, struct slice bytes, char *memory,
                      struct slice *last) {
    uint64_t frames = 0;
    if (receiver->kept_size > 0) {
        if (!frame_end(receiver, &bytes)) return 0;
        memcpy(memory, receiver->kept, receiver->kept_size);
        *last = (struct slice){memory, receiver->kept_size};
        receiver->kept_size = 0;
        frames = 1;
    }
    for (size_t size; (size = frame_size(bytes)) > 0 && size <= bytes.size; frames++) {
        *last = slice_head(bytes, size);
        bytes = slice_from(bytes, size);
    }
    memcpy(receiver->kept, bytes.at, bytes.size);
    receiver->kept_size = (uint32_t)bytes.size;
    return frames;
}

const struct audience_dialect bench_web = {
    .title = "web",
    .about = "Fan-out to WebSocket clients beside that to line clients.",
    .in = {"\"pong\"", 6},
    .said = {"\"kind\":\"say\",\"text\":\"", 21},
    .sets = 1,
    .greet = greet,
    .split = split,
};

int web_main(int argc, char **argv) {
    return beside_main(&bench_web, argc, argv);
}
