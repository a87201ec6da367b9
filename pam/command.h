/* The command line of the process that asks. */
#ifndef FACELATCH_COMMAND_H
#define FACELATCH_COMMAND_H

#include <stddef.h>

/* Writes the own process's command line with a NUL behind it: arguments parted by spaces, `?` for what is not UTF-8,
 * cut to `size` bytes; empty where it cannot be read. Control characters stay: the judge makes it safe to print. */
void command_read(char *command, size_t size);

#endif
