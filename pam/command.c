#include "command.h"

#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Reads until the end or until the buffer is full; returns how much. */
static size_t read_all(int fd, char *text, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t came = read(fd, text + used, size - used);
        if (came == 0 || (came < 0 && errno != EINTR))
            break;
        if (came > 0)
            used += (size_t)came;
    }
    return used;
}

void command_read(char *command, size_t size)
{
    size_t length = 0;
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read_all(fd, command, size - 1);
        (void)close(fd);
    }
    while (length > 0 && command[length - 1] == '\0')
        length--;
    for (size_t at = 0; at < length;) {
        size_t bytes = line_character(command + at, length - at);
        if (bytes == 0)
            command[at] = command[at] == '\0' ? ' ' : '?';
        at += bytes > 0 ? bytes : 1;
    }
    command[length] = '\0';
}
