/* The connection to the judge: bounded in time and size, and only to a process that may speak for the judge. */
#ifndef FACELATCH_JUDGE_H
#define FACELATCH_JUDGE_H

#include "line.h"

#include <stdint.h>

enum judge_fault {
    JUDGE_GOOD,
    JUDGE_UNREACHABLE, /* no socket there, nobody listens, or its queue stays full; errno says which */
    JUDGE_FOREIGN,     /* the listener is neither root nor the judge's user */
    JUDGE_SILENT,      /* the deadline passed */
    JUDGE_GONE,        /* it closed the connection */
    JUDGE_FAILED,      /* a system call failed, so that nobody knows what it says; errno */
    JUDGE_BROKEN,      /* what it sent is no line, or none that may stand there */
};

struct judge {
    int fd;
    int64_t deadline; /* of clock_now() */
    char held[LINE_LIMIT];
    size_t held_length;
    size_t line_length; /* of the line at the front of `held` that the caller has */
};

/* What a fault means, for the log. */
const char *judge_fault_text(enum judge_fault fault);

/* Connects to `path`, whose listener must be root or `user`; waits in a full queue until the deadline. After JUDGE_GOOD,
 * and only then, close it. */
enum judge_fault judge_open(struct judge *judge, const char *path, const char *user, int64_t deadline);

enum judge_fault judge_send(struct judge *judge, const char *text, size_t length);

/* Waits for the next line; it lives until the next call. */
enum judge_fault judge_receive(struct judge *judge, struct line *line);

/* Says whether the line just received was the last: nothing is behind it, and nothing comes in a short wait for the
 * end of the connection. Where that cannot be known, it was not. */
bool judge_ended(struct judge *judge);

void judge_close(struct judge *judge);

#endif
