#ifndef PEAPOD_MONITOR_CLOCK_H
#define PEAPOD_MONITOR_CLOCK_H

#include "text.h"

#define NS_PER_SECOND 1000000000ull
#define NS_PER_MS 1000000ull

/* Nanoseconds since 1970. */
uint64_t clock_realtime_ns(void);
/* Nanoseconds that no change of the clock moves. */
uint64_t clock_monotonic_ns(void);

/* RFC 3339 in UTC with nanoseconds: `2016-10-06T00:17:09.669794202Z`, 30 bytes. */
void clock_add_rfc3339(struct text *text, uint64_t realtime_ns);
/* `20161006-001709`, 15 bytes: how the names of rotated logs end. */
void clock_add_compact(struct text *text, uint64_t realtime_seconds);

#endif
