/* The clock of all deadlines: CLOCK_MONOTONIC in nanoseconds, which nobody can set. */
#ifndef FACELATCH_CLOCK_H
#define FACELATCH_CLOCK_H

#include <stdint.h>

#define CLOCK_MILLISECOND INT64_C(1000000)
#define CLOCK_SECOND (1000 * CLOCK_MILLISECOND)

int64_t clock_now(void);

void clock_sleep_until(int64_t moment);

#endif
