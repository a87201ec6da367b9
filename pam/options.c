#include "options.h"

#include <security/pam_ext.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

/* The value behind `name` (which ends with `=`), NULL where the argument is another one. */
static const char *value_of(const char *argument, const char *name)
{
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

/* Takes a number of digits only, 1 to `highest` (at most 99). */
static bool take_number(const char *value, int highest, int *number)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 2 || value[digits] != '\0')
        return false;
    int taken = value[0] - '0';
    if (digits == 2)
        taken = 10 * taken + (value[1] - '0');
    if (taken < 1 || taken > highest)
        return false;
    *number = taken;
    return true;
}

static bool take_text(const char *value, const char **text)
{
    if (value[0] == '\0')
        return false;
    *text = value;
    return true;
}

static bool take_socket(const char *value, const char **path)
{
    const struct sockaddr_un address;
    if (value[0] != '/' || strlen(value) >= sizeof address.sun_path)
        return false;
    *path = value;
    return true;
}

static bool take_timeout_result(const char *value, int *code)
{
    if (strcmp(value, "auth_err") == 0)
        *code = PAM_AUTH_ERR;
    else if (strcmp(value, "unavailable") == 0)
        *code = PAM_AUTHINFO_UNAVAIL;
    else
        return false;
    return true;
}

static bool take_flag(bool *flag)
{
    *flag = true;
    return true;
}

static bool take(struct options *options, const char *argument)
{
    const char *value;
    if ((value = value_of(argument, "timeout=")) != NULL)
        return take_number(value, 60, &options->timeout);
    if ((value = value_of(argument, "max_tries=")) != NULL)
        return take_number(value, 10, &options->max_tries);
    if ((value = value_of(argument, "timeout_result=")) != NULL)
        return take_timeout_result(value, &options->nothing_seen);
    if ((value = value_of(argument, "service=")) != NULL)
        return take_text(value, &options->service);
    if ((value = value_of(argument, "socket=")) != NULL)
        return take_socket(value, &options->socket);
    if ((value = value_of(argument, "judge=")) != NULL)
        return take_text(value, &options->judge);
    if (strcmp(argument, "passed") == 0)
        return take_flag(&options->passed);
    if (strcmp(argument, "debug") == 0)
        return take_flag(&options->debug);
    return false;
}

void options_read(struct options *options, pam_handle_t *pamh, int argc, const char **argv)
{
    *options = (struct options){
        .timeout = 5,
        .max_tries = 1,
        .socket = "/run/facelatch/door.sock",
        .judge = "facelatch",
        .nothing_seen = PAM_AUTHINFO_UNAVAIL,
    };
    for (int at = 0; at < argc; at++) {
        if (!take(options, argv[at]))
            pam_syslog(pamh, LOG_ERR, "ignoring the option \"%s\": unknown, or its value is none it takes", argv[at]);
    }
}
