/* A dialect that was decided stays decided, however many bytes come after. */
#include <stdlib.h>

#include "base/check.h"
#include "dialect/detect.h"

enum { SIZE_LIMIT = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Each start of the input in memory of its own, so that no byte behind it can be read. */
static enum detected detect_copy(struct slice start) {
    char *copy = malloc(start.size > 0 ? start.size : 1);
    if (!copy) abort();
    if (start.size > 0) memcpy(copy, start.at, start.size);
    enum detected found = detect((struct slice){copy, start.size});
    free(copy);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    struct slice whole = {(const char *)bytes, size};
    enum detected last = detect_copy(whole);
    for (size_t cut = 0; cut < size; cut++) {
        enum detected found = detect_copy(slice_head(whole, cut));
        check(found == DETECTED_NOT_YET || found == last);
    }
    while (whole.size > 0)
        detect_http_line(slice_until(&whole, '\n'));
    return 0;
}
