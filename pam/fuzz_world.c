#include "fuzz_world.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_FD = 1000, JUDGES_UID = 4711, SENT_LIMIT = 1 << 21 };

struct world world;

void demand(bool held)
{
    if (held)
        return;
    world.running = false; /* the fuzzer writes down the input */
    abort();
}

/* A step of xorshift: the input's seed decides everything that misbehaves. */
static uint32_t draw(uint32_t below)
{
    world.seed ^= world.seed << 13;
    world.seed ^= world.seed >> 17;
    world.seed ^= world.seed << 5;
    return world.seed % below;
}

/* Every call that may go wrong asks once or more; either one of them does, or each with the same odds. */
static bool misbehaves(void)
{
    world.asked++;
    return world.asked == world.faulty || draw(256) < world.odds;
}

static int fail_with(int error)
{
    errno = error;
    return -1;
}

static struct connection *current(int fd)
{
    demand(world.count > 0 && fd == FIRST_FD + (int)world.count - 1);
    struct connection *connection = &world.connections[world.count - 1];
    demand(connection->open);
    return connection;
}

bool is_plain_answer(const char *answer)
{
    char word[5];
    size_t length = 0;
    size_t last = 0; /* behind the last that is no blank */
    for (const char *at = answer; *at != '\0'; at++) {
        bool blank = *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n';
        if (blank && length == 0)
            continue;
        if (length == sizeof word - 1) {
            if (!blank)
                return false;
            continue;
        }
        word[length++] = *at;
        last = blank ? last : length;
    }
    word[last] = '\0';
    return last == 0 || strcasecmp(word, "y") == 0 || strcasecmp(word, "yes") == 0 || strcasecmp(word, "n") == 0 ||
           strcasecmp(word, "no") == 0;
}

/* --- libpam ------------------------------------------------------------------------------------------------------- */

int __wrap_pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt);
int __wrap_pam_get_item(const pam_handle_t *pamh, int item, const void **value);
int __wrap_pam_set_item(pam_handle_t *pamh, int item, const void *value);
int __wrap_pam_get_data(const pam_handle_t *pamh, const char *name, const void **data);
int __wrap_pam_set_data(pam_handle_t *pamh, const char *name, void *data,
                        void (*cleanup)(pam_handle_t *pamh, void *data, int error_status));
__attribute__((format(printf, 4, 5))) int __wrap_pam_prompt(pam_handle_t *pamh, int style, char **response,
                                                            const char *format, ...);
__attribute__((format(printf, 3, 4))) void __wrap_pam_syslog(const pam_handle_t *pamh, int priority,
                                                             const char *format, ...);

int __wrap_pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
    (void)pamh;
    demand(prompt == NULL);
    if (misbehaves())
        return draw(2) == 0 ? PAM_CONV_ERR : PAM_BUF_ERR;
    *user = misbehaves() ? NULL : world.user;
    return PAM_SUCCESS;
}

int __wrap_pam_get_item(const pam_handle_t *pamh, int item, const void **value)
{
    (void)pamh;
    if (misbehaves())
        return PAM_BAD_ITEM;
    const char *text = NULL;
    switch (item) {
    case PAM_SERVICE:
        text = world.service;
        break;
    case PAM_USER:
        text = world.user;
        break;
    case PAM_TTY:
        text = world.tty;
        break;
    case PAM_RUSER:
        text = world.ruser;
        break;
    case PAM_RHOST:
        text = world.rhost;
        break;
    default:
        demand(false);
    }
    *value = misbehaves() ? NULL : text;
    return PAM_SUCCESS;
}

/* Nothing is set but the token, and that to what was typed and is no plain answer. */
int __wrap_pam_set_item(pam_handle_t *pamh, int item, const void *value)
{
    (void)pamh;
    demand(item == PAM_AUTHTOK && value == world.given && !is_plain_answer(value));
    return misbehaves() ? PAM_BUF_ERR : PAM_SUCCESS;
}

int __wrap_pam_get_data(const pam_handle_t *pamh, const char *name, const void **data)
{
    demand(strcmp(name, "facelatch_opened") == 0);
    if (!world.noted || misbehaves())
        return PAM_NO_MODULE_DATA;
    *data = pamh;
    return PAM_SUCCESS;
}

/* To replace a note libpam allocates nothing, so that this cannot fail. */
int __wrap_pam_set_data(pam_handle_t *pamh, const char *name, void *data,
                        void (*cleanup)(pam_handle_t *pamh, void *data, int error_status))
{
    (void)pamh;
    demand(strcmp(name, "facelatch_opened") == 0 && cleanup == NULL);
    if (!world.noted && misbehaves())
        return PAM_BUF_ERR;
    world.noted = data != NULL;
    return PAM_SUCCESS;
}

static void demand_no_secret(const char *text)
{
    demand(!world.marked || strstr(text, WORLD_MARK) == NULL);
}

int __wrap_pam_prompt(pam_handle_t *pamh, int style, char **response, const char *format, ...)
{
    (void)pamh;
    char text[8192];
    va_list values;
    va_start(values, format);
    demand(vsnprintf(text, sizeof text, format, values) < (int)sizeof text);
    va_end(values);
    demand_no_secret(text);
    bool question = style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON;
    demand(question || style == PAM_TEXT_INFO || style == PAM_ERROR_MSG);
    demand(question || !world.silent || style == PAM_TEXT_INFO); /* which gesture is wanted is told all the same */
    demand(question == (response != NULL));
    if (!question)
        return misbehaves() ? PAM_CONV_ERR : PAM_SUCCESS;
    demand(world.given == NULL);
    int64_t thinking = misbehaves() ? draw(200) * CLOCK_SECOND : CLOCK_MILLISECOND;
    world.now += thinking;
    world.connections[world.count - 1].asked += thinking;
    if (misbehaves() || world.answered == world.answers_count)
        return PAM_CONV_ERR;
    if (misbehaves())
        return PAM_SUCCESS; /* without an answer */
    const char *answer = world.answers[world.answered++];
    (void)snprintf(world.last_answer, sizeof world.last_answer, "%s%s", answer,
                   world.marked && !is_plain_answer(answer) ? WORLD_MARK : "");
    world.given = strdup(world.last_answer);
    *response = world.given;
    return world.given != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

void __wrap_pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
    (void)pamh;
    (void)priority;
    char text[16384];
    va_list values;
    va_start(values, format);
    demand(vsnprintf(text, sizeof text, format, values) >= 0);
    va_end(values);
    demand_no_secret(text);
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

void __real_free(void *memory);
void __wrap_free(void *memory);

/* What was typed is wiped before it is given back. */
void __wrap_free(void *memory)
{
    if (world.running && memory != NULL && memory == world.given) {
        for (size_t at = 0; world.last_answer[at] != '\0'; at++)
            demand(world.given[at] == '\0');
        world.given = NULL;
    }
    __real_free(memory);
}

/* --- the socket --------------------------------------------------------------------------------------------------- */

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int __real_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __real_poll(struct pollfd *set, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *set, nfds_t count, int timeout);
ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __real_recv(int fd, void *bytes, size_t length, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags);
int __real_close(int fd);
int __wrap_close(int fd);

static char sent[SENT_LIMIT]; /* of all connections, one behind the other */

/* Takes the next of what the judge says off the front: file separators part the connections. */
static void take_judge(struct connection *connection)
{
    const char *end = memchr(world.judge, '\x1c', world.judge_length);
    connection->bytes = world.judge;
    connection->length = end != NULL ? (size_t)(end - world.judge) : world.judge_length;
    size_t taken = connection->length + (end != NULL);
    world.judge += taken;
    world.judge_length -= taken;
}

static int64_t next_delay(void)
{
    return misbehaves() ? draw(4000) * CLOCK_MILLISECOND : draw(3) * CLOCK_MILLISECOND;
}

int __wrap_socket(int domain, int type, int protocol)
{
    if (!world.running)
        return __real_socket(domain, type, protocol);
    demand(domain == AF_UNIX && type == (SOCK_STREAM | SOCK_CLOEXEC) && protocol == 0);
    if (misbehaves())
        return fail_with(EMFILE);
    demand(world.count == 0 || !world.connections[world.count - 1].open);
    demand(world.count < WORLD_CONNECTIONS);
    struct connection *connection = &world.connections[world.count++];
    connection->open = true;
    connection->opened = world.now;
    connection->last = world.last;
    connection->sent = sent;
    if (world.count > 1)
        connection->sent = connection[-1].sent + connection[-1].sent_length;
    take_judge(connection);
    return FIRST_FD + (int)world.count - 1;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    if (!world.running)
        return __real_setsockopt(fd, level, name, value, length);
    struct connection *connection = current(fd);
    struct timeval limit;
    demand(level == SOL_SOCKET && name == SO_SNDTIMEO && length == sizeof limit);
    memcpy(&limit, value, sizeof limit);
    demand(limit.tv_sec >= 0 && limit.tv_usec >= 0 && limit.tv_usec < 1000000 && limit.tv_sec + limit.tv_usec > 0);
    connection->most_wait = limit.tv_sec * CLOCK_SECOND + limit.tv_usec * (CLOCK_MILLISECOND / 1000);
    return misbehaves() ? fail_with(ENOMEM) : 0;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (!world.running)
        return __real_connect(fd, address, length);
    struct connection *connection = current(fd);
    const struct sockaddr_un *path = (const struct sockaddr_un *)address;
    demand(length == sizeof *path && path->sun_family == AF_UNIX);
    demand(path->sun_path[0] == '/' && memchr(path->sun_path, '\0', sizeof path->sun_path) != NULL);
    demand(connection->most_wait > 0);
    if (!misbehaves())
        return 0;
    static const int errors[] = {ENOENT, ECONNREFUSED, EACCES, EAGAIN, EINTR, EINTR};
    int error = errors[draw(sizeof errors / sizeof *errors)];
    if (error == EAGAIN)
        world.now += connection->most_wait;
    else if (error == EINTR)
        world.now += connection->most_wait * draw(16) / 16;
    return fail_with(error);
}

/* The lowest two bits of `peer`: root, the judge's user, somebody, nobody knows. */
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
    if (!world.running)
        return __real_getsockopt(fd, level, name, value, length);
    struct connection *connection = current(fd);
    struct ucred peer = {.pid = 1};
    demand(level == SOL_SOCKET && name == SO_PEERCRED && *length == sizeof peer);
    unsigned who = misbehaves() ? draw(4) : world.peer & 3U;
    if (who == 3 && draw(2) == 0)
        return fail_with(ENOBUFS);
    *length = who == 3 ? sizeof peer / 2 : sizeof peer;
    peer.uid = who == 0 ? 0 : who == 1 ? JUDGES_UID : 1 + draw(JUDGES_UID - 1);
    connection->peer = peer.uid;
    connection->believed = who == 0;
    memcpy(value, &peer, *length);
    return 0;
}

int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *text, size_t size, struct passwd **found);

int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *text, size_t size, struct passwd **found)
{
    demand(name[0] != '\0' && text != NULL && size > 0);
    struct connection *connection = &world.connections[world.count - 1];
    unsigned what = misbehaves() ? draw(4) : world.peer >> 2 & 3U;
    *entry = (struct passwd){.pw_name = text, .pw_uid = what == 1 ? 1 : JUDGES_UID};
    *found = what < 2 ? entry : NULL;
    connection->believed = what < 2 && entry->pw_uid == connection->peer;
    return what == 3 ? ERANGE : 0;
}

/* Waits as long as is allowed, or until the next bytes, or wakes up for nothing. */
static int poll_for_bytes(const struct connection *connection, int64_t limit)
{
    bool comes = connection->received < connection->length || connection->last != ENDING_SILENT;
    if (misbehaves())
        return 1;
    if (!comes || connection->ready > world.now + limit) {
        world.now += limit;
        return 0;
    }
    if (world.now < connection->ready)
        world.now = connection->ready;
    return 1;
}

int __wrap_poll(struct pollfd *set, nfds_t count, int timeout)
{
    if (!world.running)
        return __real_poll(set, count, timeout);
    demand(count == 1 && timeout > 0 && (set->events == POLLIN || set->events == POLLOUT));
    struct connection *connection = current(set->fd);
    int64_t limit = timeout * CLOCK_MILLISECOND;
    if (misbehaves()) {
        int error = draw(4) > 0 ? EINTR : ENOMEM;
        world.now += limit * draw(17) / 16;
        if (error != EINTR)
            connection->ending = ENDING_FAILED;
        return fail_with(error);
    }
    if (set->events == POLLIN)
        return poll_for_bytes(connection, limit);
    if (!misbehaves())
        return 1;
    world.now += limit;
    return 0;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
    if (!world.running)
        return __real_send(fd, bytes, length, flags);
    struct connection *connection = current(fd);
    demand(length > 0 && flags == (MSG_NOSIGNAL | MSG_DONTWAIT));
    if (misbehaves()) {
        static const int errors[] = {EAGAIN, EINTR, EPIPE, ECONNRESET, ENOMEM};
        return fail_with(errors[draw(sizeof errors / sizeof *errors)]);
    }
    size_t part = misbehaves() ? draw((uint32_t)length + 1) : length;
    char *behind = sent + (connection->sent - sent) + connection->sent_length;
    demand((size_t)(behind - sent) + part <= sizeof sent);
    memcpy(behind, bytes, part);
    connection->sent_length += part;
    return (ssize_t)part;
}

static ssize_t nothing_there(struct connection *connection)
{
    connection->looked = world.now;
    return fail_with(EAGAIN);
}

static ssize_t end_of(struct connection *connection)
{
    if (connection->last == ENDING_SILENT)
        return nothing_there(connection);
    connection->ending = connection->last;
    return connection->last == ENDING_CLOSED ? 0 : fail_with(ECONNRESET);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags)
{
    if (!world.running)
        return __real_recv(fd, bytes, length, flags);
    struct connection *connection = current(fd);
    demand(length > 0 && flags == MSG_DONTWAIT);
    if (misbehaves()) {
        int error = draw(4) > 0 ? EINTR : ENOMEM;
        if (error != EINTR)
            connection->ending = ENDING_FAILED;
        return fail_with(error);
    }
    if (connection->ready > world.now)
        return nothing_there(connection);
    size_t left = connection->length - connection->received;
    if (left == 0)
        return end_of(connection);
    size_t part = left < length ? left : length;
    const char *newline = world.by_line ? memchr(connection->bytes + connection->received, '\n', part) : NULL;
    if (newline != NULL)
        part = (size_t)(newline - connection->bytes) + 1 - connection->received;
    part = misbehaves() ? 1 + draw((uint32_t)part) : part;
    memcpy(bytes, connection->bytes + connection->received, part);
    connection->received += part;
    connection->heard = world.now;
    connection->ready = world.now + next_delay();
    return (ssize_t)part;
}

int __wrap_close(int fd)
{
    if (!world.running)
        return __real_close(fd);
    struct connection *connection = current(fd);
    connection->open = false;
    connection->closed = world.now;
    return misbehaves() ? fail_with(EINTR) : 0;
}

/* --- the process -------------------------------------------------------------------------------------------------- */

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
ssize_t __real_readlink(const char *path, char *text, size_t size);
ssize_t __wrap_readlink(const char *path, char *text, size_t size);

/* Reads the arguments; what parts them in the input is \x01. */
static ssize_t read_arguments(void *cookie, char *bytes, size_t size)
{
    const char **rest = cookie;
    if (misbehaves())
        return fail_with(EIO);
    size_t length = strnlen(*rest, size);
    for (size_t at = 0; at < length; at++)
        bytes[at] = (char)((*rest)[at] == '\x01' ? '\0' : (*rest)[at]);
    *rest += length;
    return (ssize_t)length;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    if (!world.running || strcmp(path, "/proc/self/cmdline") != 0)
        return __real_fopen(path, mode); /* the fuzzer writes down what crashed */
    demand(strcmp(mode, "re") == 0);
    if (misbehaves())
        return NULL;
    return fopencookie(&world.arguments, "r", (cookie_io_functions_t){.read = read_arguments});
}

ssize_t __wrap_readlink(const char *path, char *text, size_t size)
{
    if (!world.running)
        return __real_readlink(path, text, size);
    demand(strcmp(path, "/proc/self/exe") == 0);
    if (misbehaves())
        return fail_with(EACCES);
    size_t length = strnlen(world.program, size);
    memcpy(text, world.program, length);
    return (ssize_t)length;
}

/* --- the clock ---------------------------------------------------------------------------------------------------- */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!world.running)
        return __real_clock_gettime(clock, now);
    demand(clock == CLOCK_MONOTONIC);
    world.now += CLOCK_MILLISECOND / 1000;
    *now = (struct timespec){.tv_sec = world.now / CLOCK_SECOND, .tv_nsec = world.now % CLOCK_SECOND};
    return 0;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    if (!world.running)
        return __real_clock_nanosleep(clock, flags, until, left);
    demand(clock == CLOCK_MONOTONIC && flags == TIMER_ABSTIME && left == NULL);
    demand(until->tv_nsec >= 0 && until->tv_nsec < CLOCK_SECOND);
    if (misbehaves())
        return EINTR;
    int64_t moment = until->tv_sec * CLOCK_SECOND + until->tv_nsec;
    if (world.now < moment)
        world.now = moment;
    return 0;
}
