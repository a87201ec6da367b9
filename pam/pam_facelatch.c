/* The door: asks the judge for a verdict and turns it into a PAM code. It holds no other logic.
 *
 * Every fault is PAM_AUTHINFO_UNAVAIL, so that the stack goes on to the password; only a RESULT line that is whole, of
 * verdict `match` for reason `matched`, from root or the judge's user, is PAM_SUCCESS. All state is on the stack: PAM
 * is loaded into threads of other people's programs.
 */
#include "clock.h"
#include "command.h"
#include "judge.h"
#include "options.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

/* kscreenlocker 6.8 takes any return within 50 ms, even a success, for a broken module. */
#define SHORTEST_LOOK (60 * CLOCK_MILLISECOND)
/* The judge is told the timeout and keeps it; this is for its answer to arrive. */
#define GRACE CLOCK_SECOND
#define PASSED_LIMIT (500 * CLOCK_MILLISECOND)
#define OPENED_MARK "facelatch_opened"

enum { MESSAGE_LIMIT = 32 }; /* TELL and ASK lines in one try */

enum outcome { OUTCOME_MATCH, OUTCOME_MISMATCH, OUTCOME_NOTHING_SEEN, OUTCOME_UNAVAILABLE };

struct door {
    pam_handle_t *pamh;
    struct options options;
    const char *user;
    const char *service;
    bool silent; /* shows no messages; questions are put all the same */
};

/* A text item of the transaction, empty where there is none. */
static const char *text_item(const pam_handle_t *pamh, int item)
{
    const void *value = NULL;
    return pam_get_item(pamh, item, &value) == PAM_SUCCESS && value != NULL ? value : "";
}

static void log_step(const struct door *door, const char *step)
{
    if (door->options.debug)
        pam_syslog(door->pamh, LOG_DEBUG, "%s (user %s, service %s)", step, door->user, door->service);
}

static void log_fault(const struct door *door, enum judge_fault fault)
{
    if (fault == JUDGE_UNREACHABLE || fault == JUDGE_FAILED)
        pam_syslog(door->pamh, LOG_WARNING, "%s at %s: %s", judge_fault_text(fault), door->options.socket,
                   strerror(errno));
    else
        pam_syslog(door->pamh, fault == JUDGE_FOREIGN ? LOG_ERR : LOG_WARNING, "%s (%s)", judge_fault_text(fault),
                   door->options.socket);
}

/* Sends a line that has been written; one that could not be written (too long, no UTF-8) is not sent. */
static bool send_line(const struct door *door, struct judge *judge, struct line_writer *line)
{
    size_t length = line_end(line);
    if (length == 0) {
        pam_syslog(door->pamh, LOG_WARNING, "not sent, too long or not UTF-8: a line for user %s", door->user);
        return false;
    }
    enum judge_fault fault = judge_send(judge, line->text, length);
    if (fault != JUDGE_GOOD)
        log_fault(door, fault);
    return fault == JUDGE_GOOD;
}

static bool send_question(const struct door *door, struct judge *judge)
{
    struct line_writer line;
    char command[LINE_LIMIT];
    char seconds[16];
    char uid[16];
    command_read(command, sizeof command, door->service);
    (void)snprintf(seconds, sizeof seconds, "%d", door->options.timeout);
    (void)snprintf(uid, sizeof uid, "%u", (unsigned)getuid()); /* of a setuid program: who has started it */
    line_start(&line, "VERIFY");
    line_add(&line, "v", "1");
    line_add(&line, "user", door->user);
    line_add(&line, "service", door->service);
    line_add(&line, "tty", text_item(door->pamh, PAM_TTY));
    line_add(&line, "ruser", text_item(door->pamh, PAM_RUSER));
    line_add(&line, "uid", uid);
    line_add(&line, "rhost", text_item(door->pamh, PAM_RHOST));
    line_add(&line, "ask", "1");
    line_add(&line, "seconds", seconds);
    line_add_cut(&line, "command", command);
    return send_line(door, judge, &line);
}

/* Shows a message. PAM_SILENT forbids it, but for one without which nothing could be approved: which gesture is wanted. */
static bool show(const struct door *door, const struct line *line)
{
    char text[LINE_LIMIT];
    char wanted[2];
    bool is_wanted = line_get(line, "wanted", wanted, sizeof wanted) && wanted[0] == '1';
    if (!line_get(line, "text", text, sizeof text)) {
        log_fault(door, JUDGE_BROKEN);
        return false;
    }
    if (door->silent && !is_wanted)
        return true;
    int code = pam_info(door->pamh, "%s", text);
    if (code != PAM_SUCCESS)
        pam_syslog(door->pamh, LOG_INFO, "the application showed no message: %s", pam_strerror(door->pamh, code));
    return code == PAM_SUCCESS;
}

static void forget(char *answer)
{
    if (answer != NULL)
        explicit_bzero(answer, strlen(answer));
    free(answer);
}

static bool send_answer(const struct door *door, struct judge *judge, const char *answer)
{
    struct line_writer line;
    line_start(&line, "ANSWER");
    line_add(&line, "text", answer);
    return send_line(door, judge, &line);
}

/* Says whether an answer is a plain yes or no; Enter alone is one. */
static bool is_yes_or_no(const char *answer)
{
    static const char blanks[] = " \t\r\n";
    static const char plain[][4] = {"", "y", "yes", "n", "no"};
    const char *word = answer + strspn(answer, blanks);
    size_t length = strlen(word);
    while (length > 0 && strchr(blanks, word[length - 1]) != NULL)
        length--;
    for (size_t at = 0; at < sizeof plain / sizeof plain[0]; at++)
        if (strlen(plain[at]) == length && strncasecmp(word, plain[at], length) == 0)
            return true;
    return false;
}

/* Leaves a password to the modules behind; libpam forgets it at the end of this pam_authenticate. Where that fails they
 * ask for it. */
static void keep_password(const struct door *door, const char *password)
{
    int code = pam_set_item(door->pamh, PAM_AUTHTOK, password);
    if (code == PAM_SUCCESS)
        pam_syslog(door->pamh, LOG_INFO, "the question was answered with a password (user %s, service %s)", door->user,
                   door->service);
    else
        pam_syslog(door->pamh, LOG_WARNING, "the password cannot be kept: %s", pam_strerror(door->pamh, code));
}

/* Passes a plain yes or no to the judge. Anything else is a password, typed out of habit or piped into `sudo -S`: the
 * judge hears a no and never the password. */
static bool give_answer(const struct door *door, struct judge *judge, const char *answer)
{
    if (is_yes_or_no(answer))
        return send_answer(door, judge, answer);
    keep_password(door, answer);
    return send_answer(door, judge, "n");
}

/* Puts the judge's question to the person; the time that takes does not count.
 *
 * PAM_SILENT forbids messages, not questions, or no module could ask for a password: sudo always sets it (since 1.9.16
 * unless told otherwise), and there the question for intent is the point.
 */
static bool ask(const struct door *door, struct judge *judge, const struct line *line)
{
    char text[LINE_LIMIT];
    char echo[2];
    bool whole = line_get(line, "text", text, sizeof text) && line_get(line, "echo", echo, sizeof echo);
    if (!whole || (echo[0] != '0' && echo[0] != '1')) {
        log_fault(door, JUDGE_BROKEN);
        return false;
    }
    char *answer = NULL;
    int64_t before = clock_now();
    int style = echo[0] == '1' ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
    int code = pam_prompt(door->pamh, style, &answer, "%s", text);
    judge->deadline += clock_now() - before;
    bool sent = false;
    if (code == PAM_SUCCESS && answer != NULL)
        sent = give_answer(door, judge, answer);
    else
        pam_syslog(door->pamh, LOG_INFO, "the question was not answered: %s", pam_strerror(door->pamh, code));
    forget(answer);
    return sent;
}

static bool judged_a_face(const char *reason)
{
    return strcmp(reason, "another-face") == 0 || strcmp(reason, "not-live") == 0;
}

static bool saw_nothing(const char *reason)
{
    static const char nothing[][16] = {"no-face", "several-faces", "too-dark", "covered",
                                       "eyes-closed", "unclear", "timeout"};
    for (size_t at = 0; at < sizeof nothing / sizeof nothing[0]; at++)
        if (strcmp(reason, nothing[at]) == 0)
            return true;
    return false;
}

/* The outcome of a verdict and its reason; a pair that does not belong together is unavailable. */
static enum outcome outcome_of(const char *verdict, const char *reason)
{
    if (strcmp(verdict, "match") == 0 && strcmp(reason, "matched") == 0)
        return OUTCOME_MATCH;
    if (strcmp(verdict, "mismatch") == 0 && judged_a_face(reason))
        return OUTCOME_MISMATCH;
    if (strcmp(verdict, "unavailable") == 0 && saw_nothing(reason))
        return OUTCOME_NOTHING_SEEN;
    return OUTCOME_UNAVAILABLE;
}

static const char *outcome_text(enum outcome outcome)
{
    return outcome == OUTCOME_MATCH ? "match" : outcome == OUTCOME_MISMATCH ? "mismatch" : "unavailable";
}

static enum outcome hear_result(const struct door *door, struct judge *judge, const struct line *line)
{
    char verdict[16];
    char reason[32];
    bool whole = line_get(line, "verdict", verdict, sizeof verdict) && line_get(line, "reason", reason, sizeof reason);
    /* The reason goes into the log, so it must look like one. */
    if (!whole || reason[strspn(reason, "abcdefghijklmnopqrstuvwxyz-")] != '\0' || !judge_ended(judge)) {
        log_fault(door, JUDGE_BROKEN);
        return OUTCOME_UNAVAILABLE;
    }
    enum outcome outcome = outcome_of(verdict, reason);
    pam_syslog(door->pamh, outcome == OUTCOME_MISMATCH ? LOG_NOTICE : LOG_INFO, "%s (%s) for user %s, service %s",
               outcome_text(outcome), reason, door->user, door->service);
    return outcome;
}

static enum outcome converse(const struct door *door, struct judge *judge)
{
    for (int messages = 0; messages <= MESSAGE_LIMIT; messages++) {
        struct line line;
        enum judge_fault fault = judge_receive(judge, &line);
        if (fault == JUDGE_GOOD && line_is(&line, "RESULT"))
            return hear_result(door, judge, &line);
        if (fault == JUDGE_GOOD && !line_is(&line, "TELL") && !line_is(&line, "ASK"))
            fault = JUDGE_BROKEN;
        if (fault != JUDGE_GOOD) {
            log_fault(door, fault);
            return OUTCOME_UNAVAILABLE;
        }
        if (line_is(&line, "TELL") ? !show(door, &line) : !ask(door, judge, &line))
            return OUTCOME_UNAVAILABLE;
    }
    pam_syslog(door->pamh, LOG_WARNING, "facelatchd sent more than %d messages", MESSAGE_LIMIT);
    return OUTCOME_UNAVAILABLE;
}

/* One try: a connection, a question, a verdict. Closing the connection cancels what the judge still does. */
static enum outcome look(const struct door *door)
{
    struct judge judge;
    int64_t deadline = clock_now() + door->options.timeout * CLOCK_SECOND + GRACE;
    enum judge_fault fault = judge_open(&judge, door->options.socket, door->options.judge, deadline);
    if (fault != JUDGE_GOOD) {
        log_fault(door, fault);
        return OUTCOME_UNAVAILABLE;
    }
    log_step(door, "asking facelatchd");
    enum outcome outcome = send_question(door, &judge) ? converse(door, &judge) : OUTCOME_UNAVAILABLE;
    judge_close(&judge);
    return outcome;
}

/* Notes for a later `passed` line that it was the face; without the note the face does not open. */
static int open_door(const struct door *door)
{
    int code = pam_set_data(door->pamh, OPENED_MARK, door->pamh, NULL);
    if (code == PAM_SUCCESS)
        return PAM_SUCCESS;
    pam_syslog(door->pamh, LOG_CRIT, "the match cannot be noted: %s", pam_strerror(door->pamh, code));
    return PAM_AUTHINFO_UNAVAIL;
}

static int verify(const struct door *door)
{
    for (int tries = 0; tries < door->options.max_tries; tries++) {
        switch (look(door)) {
        case OUTCOME_MATCH:
            return open_door(door);
        case OUTCOME_NOTHING_SEEN:
            return door->options.nothing_seen;
        case OUTCOME_UNAVAILABLE:
            return PAM_AUTHINFO_UNAVAIL;
        case OUTCOME_MISMATCH:
            if (!door->silent)
                (void)pam_error(door->pamh, "Face not recognised.");
            break;
        }
    }
    return PAM_AUTH_ERR;
}

static int authenticate(struct door *door)
{
    /* The note of an earlier pam_authenticate must not hide a password. Replacing a note cannot fail. */
    (void)pam_set_data(door->pamh, OPENED_MARK, NULL, NULL);
    int code = pam_get_user(door->pamh, &door->user, NULL);
    if (code == PAM_SUCCESS && door->user != NULL && door->user[0] != '\0')
        return verify(door);
    pam_syslog(door->pamh, LOG_INFO, "no user name: %s", pam_strerror(door->pamh, code));
    return PAM_AUTHINFO_UNAVAIL;
}

/* Tells the judge that the password was accepted. Nobody waits for an answer, and it changes no login. */
static void send_passed(const struct door *door)
{
    struct line_writer line;
    struct judge judge;
    int64_t deadline = clock_now() + PASSED_LIMIT;
    enum judge_fault fault = judge_open(&judge, door->options.socket, door->options.judge, deadline);
    if (fault != JUDGE_GOOD) {
        log_fault(door, fault);
        return;
    }
    log_step(door, "telling facelatchd that the password was accepted");
    line_start(&line, "PASSED");
    line_add(&line, "v", "1");
    line_add(&line, "user", door->user);
    line_add(&line, "service", door->service);
    (void)send_line(door, &judge, &line);
    judge_close(&judge);
}

/* The line behind the password: what let the person in was the password only if it was not our face. */
static void pass(struct door *door)
{
    const void *opened = NULL;
    bool by_face = pam_get_data(door->pamh, OPENED_MARK, &opened) == PAM_SUCCESS && opened != NULL;
    door->user = text_item(door->pamh, PAM_USER);
    if (by_face)
        log_step(door, "the face opened, no password to tell of");
    else if (door->user[0] != '\0')
        send_passed(door);
}

EXPORTED int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    int64_t started = clock_now();
    struct door door = {.pamh = pamh, .silent = ((unsigned)flags & PAM_SILENT) != 0};
    options_read(&door.options, pamh, argc, argv);
    door.service = door.options.service != NULL ? door.options.service : text_item(pamh, PAM_SERVICE);
    if (door.options.passed) {
        pass(&door);
        return PAM_IGNORE;
    }
    int code = authenticate(&door);
    clock_sleep_until(started + SHORTEST_LOOK);
    return code;
}

/* PAM_IGNORE here would fail a stack of this module alone with PAM_PERM_DENIED. */
EXPORTED int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}
