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
    judge->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (judge->fd < 0)
        return JUDGE_UNREACHABLE;
    /* Without blocking, a full queue is EAGAIN at once. */
    if (connect(judge->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
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
            return JUDGE_GONE;
    }
}

/* Says whether a call on the non-blocking socket only has to be made again. */
static bool is_passing(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

enum judge_fault judge_send(struct judge *judge, const char *text, size_t length)
{
    while (length > 0) {
        enum judge_fault fault = await(judge, POLLOUT);
        if (fault != JUDGE_GOOD)
            return fault;
        ssize_t sent = send(judge->fd, text, length, MSG_NOSIGNAL);
        if (sent < 0 && !is_passing(errno))
            return JUDGE_GONE;
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
        ssize_t came = recv(judge->fd, free_part, sizeof judge->held - judge->held_length, 0);
        if (came == 0 || (came < 0 && !is_passing(errno)))
            return JUDGE_GONE;
        if (came > 0) {
            judge->held_length += (size_t)came;
            return JUDGE_GOOD;
        }
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
    return hold_more(judge) != JUDGE_GOOD;
}

void judge_close(struct judge *judge)
{
    (void)close(judge->fd);
    explicit_bzero(judge, sizeof *judge);
}
