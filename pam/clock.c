#include "clock.h"

#include <errno.h>
#include <time.h>

int64_t clock_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec;
}

void clock_sleep_until(int64_t moment)
{
    const struct timespec until = {.tv_sec = moment / CLOCK_SECOND, .tv_nsec = moment % CLOCK_SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}
