/* test_websocket_client.c: the client's side of a WebSocket, against the server's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/websocket_client.h"

static const unsigned char sixteen[16] = "0123456789abcdef";

static void test_the_server_understands_what_the_client_asks(void **state) {
    (void)state;
    char memory[1024], key[WEBSOCKET_KEY_SIZE + 1], accept[WEBSOCKET_ACCEPT_SIZE], answer[256];
    struct buf asked, said;
    struct http_request request;
    int status = 0;
    size_t head_size = 0;
    buf_init(&asked, memory, sizeof memory);
    websocket_client_ask(&asked, slice_of("localhost:7070"), slice_of("/ws"), sixteen, key);
    assert_int_equal(http_head(buf_slice(&asked), &request, &status), HTTP_DONE);
    assert_int_equal(websocket_asked(&request, accept), 101);
    assert_true(slice_equal(request.path, slice_of("/ws")));
    buf_init(&said, answer, sizeof answer);
    buf_text(&said, "HTTP/1.1 101 Switching Protocols\r\nSEC-websocket-Accept:  ");
    buf_put(&said, (struct slice){accept, sizeof accept});
    buf_text(&said, "\r\n\r\n\x81");
    for (size_t size = 0; size < said.size - 1; size++)
        assert_int_equal(
            websocket_client_answered(slice_head(buf_slice(&said), size), key, &head_size), 0);
    assert_int_equal(websocket_client_answered(buf_slice(&said), key, &head_size), 101);
    assert_int_equal(head_size, said.size - 1);
    key[0] ^= 1;
    assert_int_equal(websocket_client_answered(buf_slice(&said), key, &head_size), -1);
}

static void test_refusals_have_their_status(void **state) {
    (void)state;
    char key[WEBSOCKET_KEY_SIZE + 1] = "x";
    size_t head_size;
    assert_int_equal(
        websocket_client_answered(slice_of("HTTP/1.1 404 Nothing\r\n\r\n"), key, &head_size), 404);
    assert_int_equal(/* it says nothing of our key */
                     websocket_client_answered(slice_of("HTTP/1.1 101 Yes\r\nA: b\r\n\r\n"), key,
                                               &head_size),
                     -1);
    assert_int_equal(websocket_client_answered(slice_of("SSH-2.0-x\r\n\r\n"), key, &head_size), -1);
}

static void test_the_server_reads_what_the_client_masks(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t cap = sizes[i] + WEBSOCKET_HEAD_MAX + 4;
        char *text = malloc(sizes[i] + 1), *frame = malloc(cap);
        memset(text, 'x', sizes[i]);
        struct buf out;
        buf_init(&out, frame, cap);
        websocket_client_put(&out, WEBSOCKET_TEXT, (struct slice){text, sizes[i]}, 0x12345678);
        assert_true(buf_ok(&out));
        struct slice stream = buf_slice(&out);
        struct websocket_taken taken;
        assert_int_equal(websocket_take(&stream, 100000, &taken), WEBSOCKET_MESSAGE);
        assert_true(slice_equal(taken.payload, (struct slice){text, sizes[i]}));
        assert_int_equal(stream.size, 0);
        free(text);
        free(frame);
    }
}

/* Whatever the cuts, the same messages. */
static void test_messages_in_pieces(void **state) {
    (void)state;
    static const char bytes[] = "\x01\x03one\x89\x02hi\x80\x03two\x81\x05three\x88\x02\x03\xe8";
    for (size_t cut = 0; cut < sizeof bytes - 1; cut++) {
        struct websocket_client client = {0};
        struct websocket_taken taken;
        char seen[64] = "";
        size_t given = cut, at = 0;
        for (;;) {
            struct slice stream = {bytes + at, given - at};
            enum websocket_result result = websocket_client_take(&client, &stream, 1000, &taken);
            at = given - stream.size;
            if (result == WEBSOCKET_MORE && given == sizeof bytes - 1) break;
            if (result == WEBSOCKET_MORE) {
                given = sizeof bytes - 1;
                continue;
            }
            size_t size = strlen(seen);
            snprintf(seen + size, sizeof seen - size, "%d:%.*s ", (int)result,
                     result == WEBSOCKET_CLOSE ? 0 : (int)taken.payload.size, taken.payload.at);
            if (result == WEBSOCKET_CLOSE) break;
        }
        char wanted[64];
        snprintf(wanted, sizeof wanted, "%d:hi %d:onetwo %d:three %d: ", WEBSOCKET_PING,
                 WEBSOCKET_MESSAGE, WEBSOCKET_MESSAGE, WEBSOCKET_CLOSE);
        assert_string_equal(seen, wanted);
        websocket_client_deinit(&client);
    }
}

static void test_what_no_server_may_send(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } wrong[] = {{"\x81\x81xxxx", 6},     {"\x91\x01x", 3},
                 {"\x83\x01x", 3},        {"\x80\x01x", 3},
                 {"\x09\x01x", 3},        {"\x89\x7e\x01\x00", 4},
                 {"\x81\x02\xc3\x28", 4}, {"\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 10}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct websocket_client client = {0};
        struct websocket_taken taken;
        struct slice stream = {wrong[i].bytes, wrong[i].size};
        assert_int_equal(websocket_client_take(&client, &stream, 1000, &taken), WEBSOCKET_BAD);
        websocket_client_deinit(&client);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_server_understands_what_the_client_asks),
        cmocka_unit_test(test_refusals_have_their_status),
        cmocka_unit_test(test_the_server_reads_what_the_client_masks),
        cmocka_unit_test(test_messages_in_pieces),
        cmocka_unit_test(test_what_no_server_may_send),
    };
    return cmocka_run_group_tests_name("websocket_client", tests, NULL, NULL);
}
