/* carry.c: what libcurl is told. */
#include "server/carry.h"

#include <curl/curl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "server/reach.h"

enum {
    CONNECT_MS = 5000,
    WHOLE_MS = 10000,
    ANSWER_SIZE_MAX = 65536, /* bytes of the answer's body; read over */
    HEAD_SIZE_MAX = 512,
};

struct carrier {
    CURLM *multi;
};

struct carry {
    CURL *easy;
    struct curl_slist *heads;
    void *owner;
    const struct config_networks *allowed;
    bool not_allowed; /* an address was refused */
    size_t answered;  /* bytes */
    char *body;
};

struct carrier *carrier_new(void) {
    struct carrier *carrier = calloc(1, sizeof *carrier);
    if (!carrier) return NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) carrier->multi = curl_multi_init();
    if (carrier->multi) {
        curl_multi_setopt(carrier->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 4L);
        curl_multi_setopt(carrier->multi, CURLMOPT_MAXCONNECTS, (long)CARRIES_MAX);
        return carrier;
    }
    free(carrier);
    return NULL;
}

void carrier_free(struct carrier *carrier) {
    if (!carrier) return;
    curl_multi_cleanup(carrier->multi);
    free(carrier);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *peer) {
    struct carry *carry = context;
    (void)purpose;
    if (reach_allows(&peer->addr, carry->allowed))
        return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
    carry->not_allowed = true;
    return CURL_SOCKET_BAD;
}

static size_t read_over(char *bytes, size_t size, size_t count, void *context) {
    struct carry *carry = context;
    (void)bytes;
    carry->answered += size * count;
    return carry->answered > ANSWER_SIZE_MAX ? 0 : size * count;
}

void carry_sign(struct buf *out, const unsigned char secret[WEBHOOK_SECRET_SIZE], struct slice id,
                uint64_t seconds, struct slice body) {
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_ORIGINAL)];
    char digits[32];
    struct buf middle;
    crypto_auth_hmacsha256_state state;
    buf_init(&middle, digits, sizeof digits);
    buf_byte(&middle, '.');
    buf_number(&middle, seconds);
    buf_byte(&middle, '.');
    crypto_auth_hmacsha256_init(&state, secret, WEBHOOK_SECRET_SIZE);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)id.at, id.size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)middle.at, middle.size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.at, body.size);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(text, sizeof text, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    buf_text(out, "v1,");
    buf_text(out, text);
    sodium_memzero(&state, sizeof state);
}

static bool head_add(struct carry *carry, const char *name, struct slice value) {
    char line[HEAD_SIZE_MAX];
    int size = snprintf(line, sizeof line, "%s: %.*s", name, (int)value.size, value.at);
    check(size > 0 && size < HEAD_SIZE_MAX);
    struct curl_slist *heads = curl_slist_append(carry->heads, line);
    if (!heads) return false;
    carry->heads = heads;
    return true;
}

static bool heads_make(struct carry *carry, const unsigned char *secret, struct slice id,
                       uint64_t seconds, struct slice body) {
    char signature[128], digits[24];
    struct buf signed_with, time;
    buf_init(&signed_with, signature, sizeof signature);
    carry_sign(&signed_with, secret, id, seconds, body);
    buf_init(&time, digits, sizeof digits);
    buf_number(&time, seconds);
    check(buf_ok(&signed_with) && buf_ok(&time));
    return head_add(carry, "Content-Type", slice_of("application/json")) &&
           head_add(carry, "webhook-id", id) &&
           head_add(carry, "webhook-timestamp", buf_slice(&time)) &&
           head_add(carry, "webhook-signature", buf_slice(&signed_with)) &&
           head_add(carry, "Expect", (struct slice){"", 0});
}

static void configure(struct carry *carry, const char *url, size_t body_size) {
    CURL *easy = carry->easy;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L); /* each time anew, and looked at */
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);      /* what is allowed may change */
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, carry);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_over);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, carry);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Parlance/" PARLANCE_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, carry->heads);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, carry->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_size);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, carry);
}

static void carry_free(struct carry *carry) {
    if (carry->easy) curl_easy_cleanup(carry->easy);
    curl_slist_free_all(carry->heads);
    free(carry->body);
    free(carry);
}

struct carry *carry_begin(struct carrier *carrier, void *owner, struct slice url,
                          const unsigned char secret[WEBHOOK_SECRET_SIZE], struct slice id,
                          int64_t now_ms, struct slice body,
                          const struct config_networks *allowed) {
    char address[WEBHOOK_URL_MAX + 1];
    struct carry *carry = calloc(1, sizeof *carry);
    check(url.size < sizeof address);
    if (!carry) return NULL;
    memcpy(address, url.at, url.size);
    address[url.size] = '\0';
    carry->owner = owner;
    carry->allowed = allowed;
    carry->easy = curl_easy_init();
    carry->body = malloc(body.size + 1);
    if (carry->easy && carry->body &&
        heads_make(carry, secret, id, (uint64_t)now_ms / 1000, body)) {
        memcpy(carry->body, body.at, body.size);
        configure(carry, address, body.size);
        if (curl_multi_add_handle(carrier->multi, carry->easy) == CURLM_OK) return carry;
    }
    carry_free(carry);
    return NULL;
}

void carry_drop(struct carrier *carrier, struct carry *carry) {
    curl_multi_remove_handle(carrier->multi, carry->easy);
    carry_free(carry);
}

static enum webhook_fault fault_of(const struct carry *carry, CURLcode code, long status) {
    if (carry->not_allowed && code != CURLE_OK) return WEBHOOK_NOT_ALLOWED;
    switch ((int)code) {
    case CURLE_OK: return status >= 200 && status < 300 ? WEBHOOK_FINE : WEBHOOK_STATUS;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_URL_MALFORMAT: return WEBHOOK_NO_HOST;
    case CURLE_OPERATION_TIMEDOUT: return WEBHOOK_TOO_LATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return WEBHOOK_TLS;
    case CURLE_WRITE_ERROR: return WEBHOOK_STATUS; /* the answer was too long */
    default: return WEBHOOK_UNREACHABLE;
    }
}

bool carrier_take(struct carrier *carrier, struct carried *carried) {
    int running = 0, left = 0;
    struct carry *carry = NULL;
    long status = 0;
    curl_multi_perform(carrier->multi, &running);
    CURLMsg *message = curl_multi_info_read(carrier->multi, &left);
    if (!message || message->msg != CURLMSG_DONE) return false;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &carry);
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    check(carry != NULL);
    *carried = (struct carried){.owner = carry->owner,
                                .fault = fault_of(carry, code, status),
                                .status = status > 0 && status < 1000 ? (uint16_t)status : 0};
    carry_drop(carrier, carry);
    return true;
}

void carrier_sleep(struct carrier *carrier, struct bell *bell, int timeout_ms) {
    struct curl_waitfd extra = {.fd = bell->fd, .events = CURL_WAIT_POLLIN};
    curl_multi_poll(carrier->multi, &extra, 1, timeout_ms, NULL);
}
