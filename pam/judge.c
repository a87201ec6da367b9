#include "judge.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The judge closes right behind its RESULT, so this is waited out only with one that does not. */
#define ENDING (250 * CLOCK_MILLISECOND)

const char *judge_fault_text(enum judge_fault fault)
{
    switch (fault) {
    case JUDGE_GOOD:
        return "no fault";
    case JUDGE_UNREACHABLE:
        return "facelatchd cannot be reached";
    case JUDGE_FOREIGN:
        return "the listener is neither root nor the judge's user, or that user does not exist";
    case JUDGE_SILENT:
        return "facelatchd did not answer in time";
    case JUDGE_GONE:
        return "facelatchd closed the connection";
    case JUDGE_FAILED:
        return "the connection to facelatchd failed";
    case JUDGE_BROKEN:
        return "facelatchd sent what is no line of the door's, or at the wrong time";
    }
    return "unknown fault";
}

/* Root is believed without a look at the user database, so that a hanging directory service hinders nobody there. */
static bool is_believed(int fd, const char *user)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || length != sizeof peer)
        return false;
    if (peer.uid == 0)
        return true;
    struct passwd entry;
    struct passwd *found = NULL;
    char text[4096];
    return getpwnam_r(user, &entry, text, sizeof text, &found) == 0 && found != NULL && found->pw_uid == peer.uid;
}

static void close_keeping_errno(int fd)
{
    int kept = errno;
    (void)close(fd);
    errno = kept;
}

/* Limits how long connect() waits in the listener's queue, with what is left of the time; false where none is. */
static bool limit_wait(int fd, int64_t deadline)
{
    int64_t left = deadline - clock_now();
    if (left <= 0) {
        errno = ETIMEDOUT;
        return false;
    }
    int64_t microseconds = left / 1000 + 1; /* 0 would be no limit */
    const struct timeval limit = {.tv_sec = microseconds / 1000000, .tv_usec = microseconds % 1000000};
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

/* The kernel queues those who wait for a place in a full queue. Whoever does not block has to come back again and again
 * instead, and a thousand others come between. */
static bool enter(int fd, const struct sockaddr_un *address, int64_t deadline)
{
    while (limit_wait(fd, deadline)) {
        if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
            return true;
        if (errno != EINTR)
            return false;
    }
    return false;
}

enum judge_fault judge_open(struct judge *judge, const char *path, const char *user, int64_t deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return JUDGE_UNREACHABLE;
    }
    memcpy(address.sun_path, path, length);
    *judge = (struct judge){.deadline = deadline};
    judge->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (judge->fd < 0)
        return JUDGE_UNREACHABLE;
    if (!enter(judge->fd, &address, deadline)) {
        close_keeping_errno(judge->fd);
        return JUDGE_UNREACHABLE;
    }
    if (!is_believed(judge->fd, user)) {
        close_keeping_errno(judge->fd);
        return JUDGE_FOREIGN;
    }
    return JUDGE_GOOD;
}

/* Waits until the socket is ready or the deadline has passed; signals do not end the wait. */
static enum judge_fault await(const struct judge *judge, short events)
{
    struct pollfd ready = {.fd = judge->fd, .events = events};
    for (;;) {
        int64_t left = judge->deadline - clock_now();
        if (left <= 0)
            return JUDGE_SILENT;
        int count = poll(&ready, 1, (int)((left + CLOCK_MILLISECOND - 1) / CLOCK_MILLISECOND));
        if (count > 0)
            return JUDGE_GOOD;
        if (count < 0 && errno != EINTR)
            return JUDGE_FAILED;
    }
}

/* What the error of a call that was not to block means; JUDGE_GOOD where the call only has to be made again. */
static enum judge_fault fault_of(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)
        return JUDGE_GOOD;
    /* The second is what the reader hears of a judge that left something unread; all it had said came before. */
    return error == EPIPE || error == ECONNRESET ? JUDGE_GONE : JUDGE_FAILED;
}

enum judge_fault judge_send(struct judge *judge, const char *text, size_t length)
{
    while (length > 0) {
        enum judge_fault fault = await(judge, POLLOUT);
        if (fault != JUDGE_GOOD)
            return fault;
        ssize_t sent = send(judge->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        fault = sent < 0 ? fault_of(errno) : JUDGE_GOOD;
        if (fault != JUDGE_GOOD)
            return fault;
        if (sent > 0) {
            text += sent;
            length -= (size_t)sent;
        }
    }
    return JUDGE_GOOD;
}

/* Adds what has come to what is held; there must be room. */
static enum judge_fault hold_more(struct judge *judge)
{
    for (;;) {
        enum judge_fault fault = await(judge, POLLIN);
        if (fault != JUDGE_GOOD)
            return fault;
        char *free_part = judge->held + judge->held_length;
        ssize_t came = recv(judge->fd, free_part, sizeof judge->held - judge->held_length, MSG_DONTWAIT);
        if (came > 0) {
            judge->held_length += (size_t)came;
            return JUDGE_GOOD;
        }
        fault = came == 0 ? JUDGE_GONE : fault_of(errno);
        if (fault != JUDGE_GOOD)
            return fault;
    }
}

static void drop_line(struct judge *judge)
{
    judge->held_length -= judge->line_length;
    memmove(judge->held, judge->held + judge->line_length, judge->held_length);
    judge->line_length = 0;
}

enum judge_fault judge_receive(struct judge *judge, struct line *line)
{
    drop_line(judge);
    const char *newline;
    while ((newline = memchr(judge->held, '\n', judge->held_length)) == NULL) {
        if (judge->held_length == sizeof judge->held)
            return JUDGE_BROKEN;
        enum judge_fault fault = hold_more(judge);
        if (fault != JUDGE_GOOD)
            return fault;
    }
    judge->line_length = (size_t)(newline - judge->held) + 1;
    return line_read(judge->held, judge->line_length, line) ? JUDGE_GOOD : JUDGE_BROKEN;
}

bool judge_ended(struct judge *judge)
{
    drop_line(judge);
    if (judge->held_length > 0)
        return false;
    int64_t ending = clock_now() + ENDING;
    if (ending < judge->deadline)
        judge->deadline = ending;
    enum judge_fault fault = await(judge, POLLIN);
    /* Looks even where the time was over before it could wait. */
    char more;
    ssize_t came = recv(judge->fd, &more, sizeof more, MSG_DONTWAIT);
    if (came >= 0)
        return came == 0;
    bool nothing_there = errno == EAGAIN || errno == EWOULDBLOCK;
    return nothing_there ? fault == JUDGE_SILENT : fault_of(errno) == JUDGE_GONE;
}

void judge_close(struct judge *judge)
{
    (void)close(judge->fd);
    explicit_bzero(judge, sizeof *judge);
}
