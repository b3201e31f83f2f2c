/* Bytes cut anywhere give the same verdict, the same address and the same rest; what is not taken
 * is left alone. The first byte of the input says how it is cut. */
#include <stdlib.h>

#include "base/check.h"
#include "wire/proxy.h"

enum { SIZE_LIMIT = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static enum proxy_result judge(struct slice bytes, struct address *from, size_t *taken) {
    char *copy = malloc(bytes.size + 1);
    if (!copy) abort();
    memcpy(copy + 1, bytes.at, bytes.size); /* its end is the end of the allocation */
    struct slice stream = {copy + 1, bytes.size};
    enum proxy_result result = proxy_take(&stream, from);
    *taken = bytes.size - stream.size;
    check(result == PROXY_DONE || *taken == 0);
    check(*taken <= PROXY_SIZE_MAX);
    free(copy);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < 2 || size > SIZE_LIMIT) return -1;
    struct slice rest = slice_from((struct slice){(const char *)bytes, size}, 1);
    size_t step = 1 + bytes[0] / 4u, taken, cut_taken = 0;
    struct address wanted = {.port = 1}, from = {.port = 1};
    enum proxy_result whole = judge(rest, &wanted, &taken), cut = PROXY_MORE;
    for (size_t end = 0; cut == PROXY_MORE && end < rest.size;) {
        end = rest.size - end < step ? rest.size : end + step;
        cut = judge(slice_head(rest, end), &from, &cut_taken);
    }
    check(cut == whole);
    check(taken == cut_taken);
    check(memcmp(&wanted, &from, sizeof from) == 0);
    return 0;
}
