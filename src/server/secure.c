/* secure.c: certificates of listeners. */
#include "server/secure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "server/admin_line.h"

enum { WHY_SIZE = 256, PATH_SIZE = 4096, EXIT_NO_DATA = 73, EXIT_CONFIG = 78 };

/* The files of the certificate that nobody named. False: the path is too long. */
static bool own_files(const struct config *config, char cert[PATH_SIZE], char key[PATH_SIZE]) {
    int size = (int)config->server.data.size;
    const char *data = config->server.data.at;
    int a = snprintf(cert, PATH_SIZE, "%.*s/tls-cert.pem", size, data);
    int b = snprintf(key, PATH_SIZE, "%.*s/tls-key.pem", size, data);
    return a > 0 && a < PATH_SIZE && b > 0 && b < PATH_SIZE;
}

/* Both are there, or none and they are made. */
static bool own_made(const struct config *config, const char *cert, const char *key, char *why) {
    if (access(cert, F_OK) == 0 && access(key, F_OK) == 0) return true;
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)config->server.name.size, config->server.name.at);
    return tls_make_certificate(cert, key, name, why);
}

/* What is agreed on inside: a web page cannot make a browser speak IRC (ALPACA). */
static const char *protocols_of(enum config_dialect dialect) {
    switch (dialect) {
    case CONFIG_DIALECT_AUTO: return "\x08http/1.1\x03irc";
    case CONFIG_DIALECT_WEB: return "\x08http/1.1";
    case CONFIG_DIALECT_IRC: return "\x03irc";
    case CONFIG_DIALECT_LINE:
    case CONFIG_DIALECT_FRIENDLY:
    case CONFIG_DIALECT_PIPE:
    case CONFIG_DIALECT_DOLLAR: break;
    }
    return "";
}

/* The paths as C strings, which OpenSSL wants. */
static size_t paths_of(struct config_texts texts, char memory[TLS_NAMES_MAX][PATH_SIZE],
                       const char *paths[TLS_NAMES_MAX]) {
    size_t count = texts.count < TLS_NAMES_MAX ? texts.count : TLS_NAMES_MAX;
    for (size_t i = 0; i < count; i++) {
        snprintf(memory[i], PATH_SIZE, "%.*s", (int)texts.at[i].size, texts.at[i].at);
        paths[i] = memory[i];
    }
    return count;
}

static struct tls_context *named(struct config_texts certs, struct config_texts keys,
                                 const char *alpn, char *why) {
    char(*memory)[PATH_SIZE] = calloc(2 * TLS_NAMES_MAX, PATH_SIZE);
    const char *cert_paths[TLS_NAMES_MAX], *key_paths[TLS_NAMES_MAX];
    if (!memory) {
        snprintf(why, WHY_SIZE, "no memory");
        return NULL;
    }
    size_t count = paths_of(certs, memory, cert_paths);
    (void)paths_of(keys, memory + TLS_NAMES_MAX, key_paths);
    struct tls_context *context = NULL;
    if (certs.count > TLS_NAMES_MAX)
        snprintf(why, WHY_SIZE, "a listener names more than %d certificates", TLS_NAMES_MAX);
    else
        context = tls_context_open(cert_paths, key_paths, count, alpn, why);
    free(memory);
    return context;
}

static struct tls_context *own(const struct config *config, const char *alpn, char *why) {
    char cert[PATH_SIZE], key[PATH_SIZE];
    const char *certs[] = {cert}, *keys[] = {key};
    snprintf(why, WHY_SIZE, "the data folder's path is too long");
    if (!own_files(config, cert, key) || !own_made(config, cert, key, why)) return NULL;
    return tls_context_open(certs, keys, 1, alpn, why);
}

bool secure_context(const struct config *config, const struct config_listener *listener,
                    struct tls_context **context, char *why) {
    const char *alpn = protocols_of(listener->dialect);
    struct slice cert = config->server.tls_cert, key = config->server.tls_key;
    bool offers = listener->dialect == CONFIG_DIALECT_AUTO && cert.size > 0;
    *context = NULL;
    if (!listener->tls && !offers) return true;
    if (listener->tls_cert.count > 0)
        *context = named(listener->tls_cert, listener->tls_key, alpn, why);
    else if (cert.size > 0)
        *context =
            named((struct config_texts){&cert, 1}, (struct config_texts){&key, 1}, alpn, why);
    else
        *context = own(config, alpn, why);
    return *context != NULL;
}

static const char cert_help[] =
    "usage: parlance cert\n"
    "\n"
    "Makes a certificate of its own signature in the data folder, if there is none, and prints\n"
    "where it is and its SHA-256 fingerprint. A listener with TLS that names no certificate shows\n"
    "this one.\n" ADMIN_WHERE;

static int cert_show(const struct config *config) {
    char folder[PATH_SIZE], cert[PATH_SIZE], key[PATH_SIZE], fingerprint[96];
    char why[WHY_SIZE] = "the data folder's path is too long";
    snprintf(folder, sizeof folder, "%.*s", (int)config->server.data.size, config->server.data.at);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "parlance cert: cannot make %s: %s\n", folder, strerror(errno));
        return EXIT_NO_DATA;
    }
    if (!own_files(config, cert, key) || !own_made(config, cert, key, why) ||
        !tls_fingerprint(cert, fingerprint)) {
        fprintf(stderr, "parlance cert: %s\n", why);
        return EXIT_NO_DATA;
    }
    printf("certificate  %s\nkey          %s\nSHA-256      %s\n", cert, key, fingerprint);
    return 0;
}

int secure_cert_main(int argc, char **argv) {
    struct admin_line line = {.command = "cert", .help = cert_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.word_count > 0) return admin_line_usage(&line, "unknown word", line.words[0]);
    const struct config *config = admin_line_config(&line);
    if (!config) return EXIT_CONFIG;
    code = cert_show(config);
    config_unref(config);
    return code;
}
