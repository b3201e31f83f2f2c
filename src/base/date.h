/* date.h: Unix time in milliseconds as a date in UTC, and back. Pure: no clock, no locale. The
 * arithmetic is that of the proleptic Gregorian calendar (days from civil, by eras of 400 years).
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/buf.h"

enum { DATE_SIZE = 24 }; /* bytes of 2026-11-21T16:05:52.123Z */

/* Append the date as ISO 8601, always DATE_SIZE bytes; before 1970 or after 9999: those ends. */
void date_put(struct buf *out, int64_t time_ms);

/* Read what date_put() writes; the part of a second may have 1 to 9 digits or be missing. False
 * leaves *time_ms alone: no date, or a day that there is not. */
bool date_read(struct slice text, int64_t *time_ms);

#endif
