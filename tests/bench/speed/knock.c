/* Knocks at the door: authenticates again and again, and says what each time cost the door itself.
 *
 *   knock CONFDIR SERVICE USER TIMES
 *
 * Writes a line for each: microseconds of its own, of processor time, and of the whole. Its own is the time until the door
 * begins to wait out its floor of 60 ms, less what it waited for the judge: this program stands in for the two calls by
 * which it waits, and the dynamic linker finds a program's functions before those of the C library.
 */
#include <poll.h>
#include <security/pam_appl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t waited;   /* nanoseconds in poll() */
static int64_t finished; /* when the floor began to be waited out */

static int64_t now(clockid_t clock)
{
    struct timespec moment = {0};
    (void)clock_gettime(clock, &moment);
    return (int64_t)moment.tv_sec * 1000000000 + moment.tv_nsec;
}

int poll(struct pollfd *descriptors, nfds_t count, int milliseconds)
{
    int64_t began = now(CLOCK_MONOTONIC);
    const struct timespec limit = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    int ready = ppoll(descriptors, count, milliseconds < 0 ? NULL : &limit, NULL);
    waited += now(CLOCK_MONOTONIC) - began;
    return ready;
}

/* The floor is not waited out: whoever measures has no screen locker to please. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    (void)clock;
    (void)flags;
    (void)until;
    (void)left;
    finished = now(CLOCK_MONOTONIC);
    return 0;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **answers, void *data)
{
    (void)messages;
    (void)data;
    *answers = calloc((size_t)count, sizeof **answers);
    return *answers == NULL ? PAM_CONV_ERR : PAM_SUCCESS;
}

static int knock(pam_handle_t *handle)
{
    waited = 0;
    finished = 0;
    int64_t spent = now(CLOCK_PROCESS_CPUTIME_ID);
    int64_t began = now(CLOCK_MONOTONIC);
    int code = pam_authenticate(handle, 0);
    int64_t ended = now(CLOCK_MONOTONIC);
    spent = now(CLOCK_PROCESS_CPUTIME_ID) - spent;
    if (code == PAM_SUCCESS && (finished == 0 || waited == 0)) {
        (void)fprintf(stderr, "knock: the door did not wait by our functions\n");
        return PAM_SYSTEM_ERR;
    }
    double own = (double)(finished - began - waited);
    (void)printf("%.3f %.3f %.3f\n", own / 1e3, (double)spent / 1e3, (double)(ended - began) / 1e3);
    return code;
}

int main(int count, char **words)
{
    if (count != 5) {
        (void)fprintf(stderr, "knock CONFDIR SERVICE USER TIMES\n");
        return 2;
    }
    const struct pam_conv conversation = {.conv = converse};
    pam_handle_t *handle = NULL;
    int code = pam_start_confdir(words[2], words[3], &conversation, words[1], &handle);
    for (long left = strtol(words[4], NULL, 10); code == PAM_SUCCESS && left > 0; left--)
        code = knock(handle);
    if (code != PAM_SUCCESS)
        (void)fprintf(stderr, "knock: PAM code %d\n", code);
    if (handle != NULL)
        (void)pam_end(handle, code);
    return code == PAM_SUCCESS ? 0 : 1;
}
