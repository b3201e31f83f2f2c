/* test_websocket.c: frames of clients, and ours (RFC 6455, sections 5 and 7; 4.2 for the start). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "wire/websocket.h"

enum { STREAM_MAX = 200000, SIZE_MAX_BYTES = 70000 };

static char stream_bytes[STREAM_MAX], copy_bytes[STREAM_MAX];

/* A frame as a client sends it, masked with that key. */
static void put_frame(struct buf *out, int first, struct slice payload, uint32_t key) {
    char head[WEBSOCKET_HEAD_MAX];
    const char mask[4] = {(char)(key >> 24), (char)(key >> 16), (char)(key >> 8), (char)key};
    struct buf unmasked;
    buf_init(&unmasked, head, sizeof head);
    websocket_put_head(&unmasked, 0, payload.size);
    head[0] = (char)first;
    head[1] = (char)(head[1] | 0x80);
    buf_put(out, buf_slice(&unmasked));
    buf_put(out, (struct slice){mask, 4});
    for (size_t i = 0; i < payload.size; i++)
        buf_byte(out, (char)(payload.at[i] ^ mask[i % 4]));
}

static struct buf stream(void) {
    struct buf out;
    buf_init(&out, stream_bytes, sizeof stream_bytes);
    return out;
}

static void assert_taken(struct slice *left, enum websocket_result wanted, struct slice payload) {
    struct websocket_taken taken;
    assert_int_equal(websocket_take(left, SIZE_MAX_BYTES, &taken), wanted);
    assert_int_equal(taken.payload.size, payload.size);
    if (payload.size > 0) assert_memory_equal(taken.payload.at, payload.at, payload.size);
}

static void a_message_is_what_its_client_said(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 5, 125, 126, 127, 65535, 65536, 70000};
    static char text[70000];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buf out = stream();
        struct slice payload = {text, sizes[i]};
        put_frame(&out, 0x81, payload, 0xDEADBEEF);
        put_frame(&out, 0x82, slice_of("next"), 0x01020304);
        struct slice left = buf_slice(&out);
        assert_taken(&left, WEBSOCKET_MESSAGE, payload);
        assert_taken(&left, WEBSOCKET_MESSAGE, slice_of("next"));
        assert_int_equal(left.size, 0);
    }
}

static void a_message_given_again_is_the_same(void **state) {
    (void)state;
    struct buf out = stream();
    put_frame(&out, 0x01, slice_of("one "), 0xAABBCCDD);
    put_frame(&out, 0x89, slice_of("ping"), 0x11223344);
    put_frame(&out, 0x00, slice_of(""), 5);
    put_frame(&out, 0x80, slice_of("two"), 0x55667788);
    struct slice left = buf_slice(&out);
    assert_taken(&left, WEBSOCKET_PING, slice_of("ping"));
    struct slice before = left, again;
    struct websocket_taken taken;
    assert_int_equal(websocket_take(&left, 100, &taken), WEBSOCKET_MESSAGE);
    assert_int_equal(left.size, 0);
    assert_true(slice_equal(taken.payload, slice_of("one two")));
    again = (struct slice){taken.payload.at - 6, taken.payload.size + 6};
    assert_true(again.at + again.size == before.at + before.size);
    assert_taken(&again, WEBSOCKET_MESSAGE, slice_of("one two"));
}

static void what_no_client_may_send_fails_the_connection(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        uint16_t code;
    } wrong[] = {
        {"\x81\x01x", 3, 1002},                         /* not masked */
        {"\xC1\x80\0\0\0\0", 6, 1002},                  /* a reserved bit */
        {"\x83\x80\0\0\0\0", 6, 1002},                  /* an opcode that there is not */
        {"\x8B\x80\0\0\0\0", 6, 1002},                  /* the same, for control */
        {"\x09\x80\0\0\0\0", 6, 1002},                  /* a ping in fragments */
        {"\x89\xFE\0\x7E\0\0\0\0", 8, 1002},            /* a ping too large */
        {"\x80\x80\0\0\0\0", 6, 1002},                  /* goes on with nothing */
        {"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 12, 1002}, /* begins inside another */
        {"\x81\xFE\0\x7D\0\0\0\0", 8, 1002},            /* a size written too long */
        {"\x81\xFF\0\0\0\0\0\0\xFF\xFF\0\0\0\0", 14, 1002},
        {"\x81\xFF\x80\0\0\0\0\0\0\0\0\0\0\0", 14, 1002}, /* beyond 2^63 */
        {"\x81\xFF\0\0\0\0\0\x01\x11\x71\0\0\0\0", 14, 1009},
        {"\x81\x81\0\0\0\0\xFF", 7, 1007}, /* no UTF-8 */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct websocket_taken taken;
        memcpy(stream_bytes, wrong[i].bytes, wrong[i].size);
        struct slice left = {stream_bytes, wrong[i].size};
        assert_int_equal(websocket_take(&left, SIZE_MAX_BYTES, &taken), WEBSOCKET_BAD);
        assert_int_equal(taken.code, wrong[i].code);
    }
}

static void heads_without_words_are_not_hoarded(void **state) {
    (void)state;
    struct buf out = stream();
    struct websocket_taken taken;
    for (int i = 0; i < 100; i++)
        put_frame(&out, i == 0 ? 0x01 : 0x00, slice_of(""), 0);
    struct slice left = buf_slice(&out);
    assert_int_equal(websocket_take(&left, 512, &taken), WEBSOCKET_BAD);
    assert_int_equal(taken.code, WEBSOCKET_POLICY);
}

/* Whatever the sizes of the reads are, the same comes out. */
static void cuts_do_not_matter(void **state) {
    (void)state;
    struct rng rng = {7};
    struct buf out = stream();
    put_frame(&out, 0x01, slice_of("ab"), 0x31415926);
    put_frame(&out, 0x8A, slice_of("pong"), 0x27182818);
    put_frame(&out, 0x80, slice_of("cd"), 0x16180339);
    put_frame(&out, 0x82, slice_of("\xFF\xFE"), 0x14142135);
    put_frame(&out, 0x88, slice_of("\x03\xE8"), 0x17320508);
    for (int round = 0; round < 300; round++) {
        static const struct slice wanted[] = {
            {"pong", 4}, {"abcd", 4}, {"\xFF\xFE", 2}, {"\x03\xE8", 2}};
        memcpy(copy_bytes, stream_bytes, out.size);
        size_t have = 0, met = 0;
        struct slice left = {copy_bytes, 0};
        while (have < out.size) {
            size_t more = 1 + rng_next(&rng) % 9;
            if (more > out.size - have) more = out.size - have;
            have += more;
            left.size += more;
            struct websocket_taken taken;
            enum websocket_result result;
            while ((result = websocket_take(&left, 100, &taken)) != WEBSOCKET_MORE) {
                assert_true(result != WEBSOCKET_BAD && met < 4);
                assert_true(slice_equal(taken.payload, wanted[met++]));
            }
        }
        assert_int_equal(met, 4);
        assert_int_equal(left.size, 0);
    }
}

static int asked(const char *head, char accept[WEBSOCKET_ACCEPT_SIZE]) {
    struct http_request request;
    int status;
    assert_int_equal(http_head(slice_text(head), &request, &status), HTTP_DONE);
    return websocket_asked(&request, accept);
}

#define GET "GET /chat HTTP/1.1\r\nHost: a\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void the_handshake_of_the_rfc(void **state) {
    (void)state;
    char accept[WEBSOCKET_ACCEPT_SIZE];
    assert_int_equal(asked(GET "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" KEY
                               "Sec-WebSocket-Version: 13\r\n\r\n",
                           accept),
                     101);
    assert_memory_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", sizeof accept);
    assert_int_equal(asked(GET "\r\n", accept), 0);
    assert_int_equal(
        asked(GET "Upgrade: websocket\r\n" KEY "Sec-WebSocket-Version: 13\r\n\r\n", accept), 400);
    assert_int_equal(asked(GET "Connection: Upgrade\r\nUpgrade: websocket\r\n" KEY "\r\n", accept),
                     426);
    assert_int_equal(asked(GET "Connection: Upgrade\r\nUpgrade: websocket\r\n" KEY
                               "Sec-WebSocket-Version: 8\r\n\r\n",
                           accept),
                     426);
    assert_int_equal(asked(GET "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                               "Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n\r\n",
                           accept),
                     400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_what_its_client_said),
        cmocka_unit_test(a_message_given_again_is_the_same),
        cmocka_unit_test(what_no_client_may_send_fails_the_connection),
        cmocka_unit_test(heads_without_words_are_not_hoarded),
        cmocka_unit_test(cuts_do_not_matter),
        cmocka_unit_test(the_handshake_of_the_rfc),
    };
    return cmocka_run_group_tests_name("websocket", tests, NULL, NULL);
}
