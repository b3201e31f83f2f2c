/* saslprep.c: ICU's profile of RFC 4013, and what is done where it says no. */
#include "base/saslprep.h"

#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include "base/secret.h"

enum { UNITS_MAX = 1024 }; /* UTF-16 units of a password that is changed at all */

static bool put_prepared(struct buf *out, struct slice password) {
    UChar units[UNITS_MAX], prepared[UNITS_MAX];
    char text[3 * UNITS_MAX];
    int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    UParseError where;
    UStringPrepProfile *profile = usprep_openByType(USPREP_RFC4013_SASLPREP, &status);
    u_strFromUTF8(units, UNITS_MAX, &size, password.at, (int32_t)password.size, &status);
    if (U_SUCCESS(status))
        size = usprep_prepare(profile, units, size, prepared, UNITS_MAX, USPREP_ALLOW_UNASSIGNED,
                              &where, &status);
    u_strToUTF8(text, sizeof text, &size, prepared, size, &status);
    bool whole = U_SUCCESS(status) && size > 0 && (size_t)size <= out->cap - out->size;
    if (whole) buf_put(out, (struct slice){text, (size_t)size});
    if (profile) usprep_close(profile);
    secret_wipe(units, sizeof units);
    secret_wipe(prepared, sizeof prepared);
    secret_wipe(text, sizeof text);
    return whole;
}

void saslprep_put(struct buf *out, struct slice password) {
    bool ascii = true;
    for (size_t i = 0; i < password.size; i++)
        ascii &= (unsigned char)password.at[i] < 0x80;
    if (ascii || password.size > UNITS_MAX || !put_prepared(out, password)) buf_put(out, password);
}
