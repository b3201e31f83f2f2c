/* Requests with their bodies out of a stream, and what is written as an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/http_answer.h"
#include "wire/http_body.h"

enum { BODY_MAX = 32 };

struct reading {
    char bytes[1024];
    struct slice stream, body;
    struct http_gather gather;
    struct http_request request;
    int status;
};

static enum http_result more(struct reading *reading, const char *text) {
    char *at = reading->bytes;
    size_t size = reading->stream.size, added = strlen(text);
    if (size > 0) memmove(at, reading->stream.at, size);
    memcpy(at + size, text, added);
    reading->stream = (struct slice){at, size + added};
    return http_gather(&reading->gather, &reading->stream, BODY_MAX, &reading->request,
                       &reading->body, &reading->status);
}

static void assert_body(const struct reading *reading, const char *wanted) {
    assert_int_equal(reading->body.size, strlen(wanted));
    assert_memory_equal(reading->body.at, wanted, strlen(wanted));
}

static void a_body_of_a_told_size_is_waited_for(void **state) {
    (void)state;
    struct reading reading = {0};
    assert_int_equal(more(&reading, "POST / HTTP/1.1\r\nHost: a\r\nContent-Le"), HTTP_MORE);
    assert_int_equal(more(&reading, "ngth: 5\r\n\r\nhel"), HTTP_MORE);
    assert_false(reading.gather.expects);
    assert_int_equal(more(&reading, "loGET"), HTTP_DONE);
    assert_body(&reading, "hello");
    assert_int_equal(reading.stream.size - http_gathered(&reading.gather), 3);
}

static void chunks_are_put_together_and_what_follows_stays(void **state) {
    (void)state;
    struct reading reading = {0};
    assert_int_equal(
        more(&reading, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nhe"),
        HTTP_MORE);
    assert_int_equal(more(&reading, "l\r\n2\r"), HTTP_MORE);
    assert_int_equal(more(&reading, "\nlo\r\n0\r\n\r"), HTTP_MORE);
    assert_int_equal(more(&reading, "\nGET /"), HTTP_DONE);
    assert_body(&reading, "hello");
    assert_int_equal(more(&reading, ""), HTTP_DONE); /* given again it is the same */
    assert_body(&reading, "hello");
    struct slice rest = slice_from(reading.stream, http_gathered(&reading.gather));
    assert_true(slice_equal(rest, slice_of("GET /")));
}

static int refused(const char *headers, const char *body) {
    struct reading reading = {0};
    enum http_result result = more(&reading, "POST / HTTP/1.1\r\nHost: a\r\n");
    assert_int_equal(result, HTTP_MORE);
    result = more(&reading, headers);
    if (result == HTTP_MORE) result = more(&reading, body);
    return result == HTTP_BAD ? reading.status : 0;
}

static void what_is_too_large_is_refused_as_soon_as_it_is_known(void **state) {
    (void)state;
    assert_int_equal(refused("Content-Length: 33\r\n\r\n", ""), 413);
    assert_int_equal(refused("Content-Length: 32\r\n\r\n", ""), 0);
    assert_int_equal(
        refused("Transfer-Encoding: chunked\r\n\r\n", "21\r\n012345678901234567890123456789012"),
        413);
    assert_int_equal(refused("Transfer-Encoding: chunked\r\n\r\n", "x\r\n"), 400);
}

static void only_to_go_on_may_be_expected(void **state) {
    (void)state;
    struct reading reading = {0};
    assert_int_equal(refused("Expect: x\r\nContent-Length: 1\r\n\r\n", ""), 417);
    assert_int_equal(more(&reading, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
                                    "Content-Length: 1\r\n\r\n"),
                     HTTP_MORE);
    assert_true(reading.gather.expects);
    assert_int_equal(more(&reading, "x"), HTTP_DONE);
    assert_false(reading.gather.expects);
}

static void assert_written(const struct buf *out, const char *wanted) {
    assert_int_equal(out->size, strlen(wanted));
    assert_memory_equal(out->at, wanted, out->size);
}

static void an_answer_says_its_size_or_comes_in_chunks(void **state) {
    (void)state;
    char memory[1024];
    struct buf out;
    struct http_answer answer = {.status = 201, .flags = HTTP_KEEPS, .type = "a/b"};
    buf_init(&out, memory, sizeof memory);
    http_put_answer(&out, &answer, slice_of("hi"));
    assert_written(&out, "HTTP/1.1 201 Created\r\nContent-Type: a/b\r\n"
                         "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
                         "Content-Length: 2\r\n\r\nhi");
    buf_init(&out, memory, sizeof memory);
    answer = (struct http_answer){.status = 204, .more = slice_of("X: y\r\n")};
    http_put_answer(&out, &answer, slice_of("never"));
    assert_written(&out, "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nX: y\r\n"
                         "Connection: close\r\n\r\n");
    buf_init(&out, memory, sizeof memory);
    answer = (struct http_answer){.status = 418, .flags = HTTP_KEEPS};
    http_put_answer(&out, &answer, (struct slice){0}); /* a status without words of its own */
    assert_non_null(memmem(memory, out.size, "HTTP/1.1 418 Answer\r\n", 21));
    buf_init(&out, memory, sizeof memory);
    answer = (struct http_answer){.status = 200, .flags = HTTP_KEEPS | HTTP_NAKED};
    http_put_stream(&out, &answer);
    size_t begin = http_chunk_begin(&out, answer.flags);
    buf_text(&out, "seventeen letters");
    http_chunk_end(&out, answer.flags, begin);
    begin = http_chunk_begin(&out, answer.flags);
    http_chunk_end(&out, answer.flags, begin); /* none: it would be the end */
    http_put_chunks_end(&out, answer.flags);
    assert_written(&out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "00000011\r\nseventeen letters\r\n0\r\n\r\n");
}

static void nothing_but_the_head_is_written_where_that_was_asked(void **state) {
    (void)state;
    char memory[1024];
    struct buf out;
    struct http_answer answer = {.status = 200, .flags = HTTP_KEEPS | HTTP_HEAD | HTTP_NAKED};
    buf_init(&out, memory, sizeof memory);
    http_put_answer(&out, &answer, slice_of("hello"));
    assert_written(&out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    buf_init(&out, memory, sizeof memory);
    size_t begin = http_chunk_begin(&out, answer.flags);
    buf_text(&out, "hello");
    http_chunk_end(&out, answer.flags, begin);
    http_put_chunks_end(&out, answer.flags);
    assert_written(&out, "");
    begin = http_chunk_begin(&out, HTTP_OLD);
    buf_text(&out, "hello");
    http_chunk_end(&out, HTTP_OLD, begin);
    http_put_chunks_end(&out, HTTP_OLD);
    assert_written(&out, "hello");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_of_a_told_size_is_waited_for),
        cmocka_unit_test(chunks_are_put_together_and_what_follows_stays),
        cmocka_unit_test(what_is_too_large_is_refused_as_soon_as_it_is_known),
        cmocka_unit_test(only_to_go_on_may_be_expected),
        cmocka_unit_test(an_answer_says_its_size_or_comes_in_chunks),
        cmocka_unit_test(nothing_but_the_head_is_written_where_that_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
