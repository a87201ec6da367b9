/* The world of a fuzzed conversation: libpam, libc, the person and the judge, all as the input says they are.
 *
 * The linker puts the functions of fuzz_world.c in the place of the real ones (--wrap). Time passes there only where
 * something waits, so that no run sleeps.
 */
#ifndef FACELATCH_FUZZ_WORLD_H
#define FACELATCH_FUZZ_WORLD_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WORLD_OPTIONS = 7, WORLD_ANSWERS = 7, WORLD_CONNECTIONS = 12, LONGEST_ANSWER = 4200 };

/* Stands behind the passwords that are typed. */
#define WORLD_MARK "!SECRET!"

/* What is behind the bytes of a connection. */
enum ending { ENDING_SILENT, ENDING_CLOSED, ENDING_RESET, ENDING_FAILED };

struct connection {
    const char *bytes; /* what the judge sends, and how much of it the door has received */
    size_t length;
    size_t received;
    enum ending last;   /* what comes behind the bytes */
    enum ending ending; /* what the door has heard behind what it received */
    int64_t opened;     /* times of the clock: of socket(), */
    int64_t heard;      /* of the last bytes that were received, */
    int64_t ready;      /* of the next ones or the end, */
    int64_t looked;     /* of the last recv() that found nothing there, */
    int64_t closed;     /* and of close() */
    int64_t asked;      /* how long the person was asked meanwhile */
    int64_t most_wait;  /* of connect() */
    uid_t peer;
    bool believed;
    bool open;
    const char *sent; /* by the door */
    size_t sent_length;
};

struct world {
    bool running; /* what is called outside of a run is the fuzzer's own and real */
    uint32_t seed;
    unsigned asked;  /* how often something might have misbehaved so far */
    unsigned faulty; /* the one that does, 0 for none */
    unsigned odds;   /* of 256, how many do */
    unsigned peer; /* who listens, and what the user database says of the judge: two bits each */
    enum ending last;
    bool by_line; /* what the judge says comes line by line */
    bool silent;
    bool noted;  /* that the face opened */
    bool marked; /* passwords bear a mark that stands nowhere else */
    const char *user;
    const char *service;
    const char *tty;
    const char *rhost;
    const char *ruser;
    const char *program;
    const char *arguments;
    size_t options_count;
    const char *options[WORLD_OPTIONS];
    size_t answers_count;
    size_t answered;
    const char *answers[WORLD_ANSWERS];
    char *given; /* the answer that the door still holds */
    char last_answer[LONGEST_ANSWER];
    const char *judge; /* all that the judge has to say */
    size_t judge_length;
    int64_t now;
    size_t count;
    struct connection connections[WORLD_CONNECTIONS];
};

extern struct world world;

/* Ends the run with a crash where a property does not hold. */
void demand(bool held);

/* Says whether an answer is what the contract calls a plain yes or no, in a way of our own. */
bool is_plain_answer(const char *answer);

#endif
