/* The module's options (docs/contracts.md, "PAM module"). */
#ifndef FACELATCH_OPTIONS_H
#define FACELATCH_OPTIONS_H

#include <security/pam_modules.h>
#include <stdbool.h>

struct options {
    int timeout;         /* seconds, 1 to 60 */
    int max_tries;       /* 1 to 10 */
    const char *service; /* NULL: PAM's own */
    const char *socket;
    const char *judge; /* the user the judge runs as */
    int nothing_seen;  /* the PAM code of a look that saw nothing to judge */
    bool passed;
    bool debug;
};

/* Reads the options. A bad one is logged and its default kept: a slip in the file must not lock anybody out. */
void options_read(struct options *options, pam_handle_t *pamh, int argc, const char **argv);

#endif
