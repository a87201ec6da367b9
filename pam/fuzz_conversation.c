/* libFuzzer target of whole conversations: pam_sm_authenticate in a world that the input makes (fuzz_world.h).
 *
 * An input is ten bytes (the seed of what misbehaves: four; which or how often it does; flags; who listens; how the judge ends;
 * how many options and answers), then texts that end with NUL (user, service, tty, rhost, ruser, program, arguments,
 * the options, the answers), then what the judge says, a file separator (0x1c) between connections.
 */
#include "fuzz_world.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 10, MOST_PAIRS = 1400, ROUNDING = 20 };

/* --- a second reader of lines, written from the contract and not from line.c ---------------------------------------- */

/* Each row of RFC 3629's grammar: the ranges of its bytes. */
static bool is_text(const uint8_t *bytes, size_t length)
{
    static const uint8_t rows[][9] = {
        {1, 0x01, 0x7f},
        {2, 0xc2, 0xdf, 0x80, 0xbf},
        {3, 0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf},
        {3, 0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf},
        {3, 0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf},
        {3, 0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf},
        {4, 0xf0, 0xf0, 0x90, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
        {4, 0xf1, 0xf3, 0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
        {4, 0xf4, 0xf4, 0x80, 0x8f, 0x80, 0xbf, 0x80, 0xbf},
    };
    while (length > 0) {
        const uint8_t *row = NULL;
        for (size_t at = 0; at < sizeof rows / sizeof *rows && row == NULL; at++) {
            bool fits = rows[at][0] <= length;
            for (size_t byte = 0; fits && byte < rows[at][0]; byte++)
                fits = bytes[byte] >= rows[at][1 + 2 * byte] && bytes[byte] <= rows[at][2 + 2 * byte];
            row = fits ? rows[at] : NULL;
        }
        if (row == NULL)
            return false;
        bytes += row[0];
        length -= row[0];
    }
    return true;
}

struct pair {
    char *key;
    char *value;
};

struct reading {
    char text[4097];
    char *word;
    size_t count;
    struct pair pairs[MOST_PAIRS];
};

/* Decodes a value in its place. */
static bool unescape(char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@+,";
    static const char digits[] = "0123456789ABCDEFabcdef";
    char *written = value;
    for (char *at = value; *at != '\0'; at++) {
        char pair[3] = {0};
        if (*at != '%' && strchr(plain, *at) == NULL)
            return false;
        if (*at == '%') {
            strncpy(pair, at + 1, 2);
            if (strspn(pair, digits) != 2 || strcmp(pair, "00") == 0)
                return false;
            at += 2;
        }
        *written++ = pair[0] == '\0' ? *at : (char)strtol(pair, NULL, 16);
    }
    *written = '\0';
    return is_text((const uint8_t *)value, (size_t)(written - value));
}

static bool read_pair(struct reading *reading, char *pair)
{
    char *equals = strchr(pair, '=');
    if (equals == NULL || equals == pair || reading->count == MOST_PAIRS)
        return false;
    *equals = '\0';
    if (pair[0] < 'a' || strspn(pair, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(pair))
        return false;
    for (size_t at = 0; at < reading->count; at++)
        if (strcmp(reading->pairs[at].key, pair) == 0)
            return false;
    reading->pairs[reading->count++] = (struct pair){.key = pair, .value = equals + 1};
    return unescape(equals + 1);
}

/* Reads a line, its newline apart. */
static bool read_whole(struct reading *reading, const char *line, size_t length)
{
    if (length >= sizeof reading->text - 1 || memchr(line, '\0', length) != NULL)
        return false;
    memcpy(reading->text, line, length);
    reading->text[length] = '\0';
    reading->count = 0;
    char *rest = reading->text;
    reading->word = strsep(&rest, " ");
    if (reading->word[0] == '\0' || strspn(reading->word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(reading->word))
        return false;
    while (rest != NULL)
        if (!read_pair(reading, strsep(&rest, " ")))
            return false;
    return true;
}

static const char *value_of(const struct reading *reading, const char *key)
{
    for (size_t at = 0; at < reading->count; at++)
        if (strcmp(reading->pairs[at].key, key) == 0)
            return reading->pairs[at].value;
    return "";
}

/* --- what must hold ------------------------------------------------------------------------------------------------- */

/* Reads the RESULT that is the last thing that the door received, behind nothing but TELL and ASK lines; false where
 * there is none. */
static bool read_result(struct reading *reading, const struct connection *connection)
{
    const char *at = connection->bytes;
    const char *end = at + connection->received;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL || !read_whole(reading, at, (size_t)(newline - at)))
            return false;
        at = newline + 1;
        if (strcmp(reading->word, "RESULT") == 0)
            return at == end;
        if (strcmp(reading->word, "TELL") != 0 && strcmp(reading->word, "ASK") != 0)
            return false;
    }
    return false;
}

static bool is_one_of(const char *reason, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, reason) == 0)
            return true;
    return false;
}

/* The code that a connection's verdict calls for, PAM_AUTHINFO_UNAVAIL where it has none that may be believed. */
static int called_for(const struct connection *connection, bool nothing_is_failure)
{
    static const char *const judged[] = {"another-face", "not-live", NULL};
    static const char *const nothing[] = {"no-face", "several-faces", "too-dark", "covered",
                                          "eyes-closed", "unclear", "timeout", NULL};
    static struct reading reading;
    if (!connection->believed || !read_result(&reading, connection))
        return PAM_AUTHINFO_UNAVAIL;
    const char *verdict = value_of(&reading, "verdict");
    const char *reason = value_of(&reading, "reason");
    if (strcmp(verdict, "match") == 0 && strcmp(reason, "matched") == 0)
        return PAM_SUCCESS;
    if (strcmp(verdict, "mismatch") == 0 && is_one_of(reason, judged))
        return PAM_AUTH_ERR;
    bool failure = nothing_is_failure && strcmp(verdict, "unavailable") == 0 && is_one_of(reason, nothing);
    return failure ? PAM_AUTH_ERR : PAM_AUTHINFO_UNAVAIL;
}

/* Behind the last byte came the end, or nothing for a quarter of a second or until the door's time was over. */
static bool nothing_followed(const struct connection *connection, int64_t deadline)
{
    if (connection->ending == ENDING_CLOSED || connection->ending == ENDING_RESET)
        return connection->received == connection->length;
    bool waited = connection->looked - connection->heard >= 250 * CLOCK_MILLISECOND || connection->looked >= deadline;
    return connection->ending == ENDING_SILENT && connection->looked >= connection->heard && waited;
}

/* What the door said: first its question, and then answers that are a plain yes or no. Returns how many seconds it
 * means to wait, 0 where it did not say. */
static int64_t demand_good_lines(const struct connection *connection, const char *first)
{
    static struct reading reading;
    const char *at = connection->sent;
    const char *end = at + connection->sent_length;
    const char *newline;
    int64_t seconds = 0;
    demand(connection->believed || at == end);
    for (; at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL; at = newline + 1) {
        demand(newline - at < 4096 && read_whole(&reading, at, (size_t)(newline - at)));
        demand(strcmp(reading.word, at == connection->sent ? first : "ANSWER") == 0);
        if (at == connection->sent)
            seconds = strtol(value_of(&reading, "seconds"), NULL, 10);
        else
            demand(reading.count == 1 && is_plain_answer(value_of(&reading, "text")));
    }
    demand(!world.marked || memmem(connection->sent, connection->sent_length, "SECRET", 6) == NULL);
    return seconds;
}

static int64_t deadline_of(const struct connection *connection, int64_t seconds)
{
    return connection->opened + connection->asked + (seconds > 0 ? seconds + 1 : 61) * CLOCK_SECOND;
}

static bool has_option(const char *wanted)
{
    for (size_t at = 0; at < world.options_count; at++)
        if (strcmp(world.options[at], wanted) == 0)
            return true;
    return false;
}

static void demand_good_end(int code, bool was_noted)
{
    bool passed = has_option("passed");
    bool nothing_is_failure = has_option("timeout_result=auth_err");
    int wanted = PAM_AUTHINFO_UNAVAIL;
    bool again = true; /* another try follows a mismatch only */
    demand(world.given == NULL);
    for (size_t at = 0; at < world.count; at++) {
        const struct connection *connection = &world.connections[at];
        int64_t seconds = demand_good_lines(connection, passed ? "PASSED" : "VERIFY");
        int64_t deadline = deadline_of(connection, seconds);
        demand(!connection->open && connection->closed <= deadline + ROUNDING * CLOCK_MILLISECOND);
        demand(again);
        again = called_for(connection, false) == PAM_AUTH_ERR;
        wanted = called_for(connection, nothing_is_failure);
        if (at + 1 == world.count && code == PAM_SUCCESS)
            demand(nothing_followed(connection, deadline));
    }
    if (passed) {
        demand(code == PAM_IGNORE && world.count <= 1 && world.noted == was_noted);
        return;
    }
    demand(code == PAM_SUCCESS || code == PAM_AUTH_ERR || code == PAM_AUTHINFO_UNAVAIL);
    demand(code == PAM_AUTHINFO_UNAVAIL || code == wanted);
    demand(world.noted == (code == PAM_SUCCESS));
    demand(world.count <= 10);
}

/* --- an input ------------------------------------------------------------------------------------------------------- */

static const char *take_text(const char **rest, const char *end)
{
    const char *text = *rest;
    size_t length = strnlen(text, (size_t)(end - text)); /* there is a NUL at the end */
    *rest = text + length + (text + length < end ? 1 : 0);
    return text;
}

static void make_world(const char *bytes, size_t size)
{
    static const enum ending endings[] = {ENDING_CLOSED, ENDING_CLOSED, ENDING_SILENT, ENDING_RESET};
    const uint8_t *header = (const uint8_t *)bytes;
    const char *rest = bytes + HEADER;
    const char *end = bytes + size;
    world = (struct world){.peer = header[6], .now = CLOCK_SECOND};
    if (header[4] < 128)
        world.faulty = header[4];
    else
        world.odds = header[4] - 127U;
    memcpy(&world.seed, header, sizeof world.seed);
    world.seed |= 1; /* 0 would stay 0 */
    world.silent = (header[5] & 1) != 0;
    world.noted = (header[5] & 2) != 0;
    world.by_line = (header[5] & 8) != 0;
    world.marked = (header[5] & 4) != 0 && memmem(bytes, size, "SECRET", 6) == NULL;
    world.last = endings[header[7] & 3];
    const char **const texts[] = {&world.user,  &world.service, &world.tty,      &world.rhost,
                                  &world.ruser, &world.program, &world.arguments};
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++)
        *texts[at] = take_text(&rest, end);
    for (; world.options_count < (header[8] & WORLD_OPTIONS); world.options_count++)
        world.options[world.options_count] = take_text(&rest, end);
    for (; world.answers_count < (header[9] & WORLD_ANSWERS); world.answers_count++)
        world.answers[world.answers_count] = take_text(&rest, end);
    world.judge = rest;
    world.judge_length = (size_t)(end - rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER)
        return 0;
    char *bytes = malloc(size + 1);
    if (bytes == NULL)
        return 0;
    memcpy(bytes, data, size);
    bytes[size] = '\0';
    make_world(bytes, size);
    bool was_noted = world.noted;
    world.running = true;
    int code = pam_sm_authenticate((pam_handle_t *)bytes, world.silent ? PAM_SILENT : 0, (int)world.options_count,
                                   world.options);
    world.running = false;
    demand_good_end(code, was_noted);
    free(bytes);
    return 0;
}
