/* The command line of the process that asks. */
#ifndef FACELATCH_COMMAND_H
#define FACELATCH_COMMAND_H

#include <stddef.h>

/* Writes what the own process runs with a NUL behind it: the program's name as the kernel has it (`service` where it
 * has none), then the arguments behind argv[0], each after a space, `?` for what is not UTF-8, cut to `size` bytes.
 *
 * Whoever starts a program chooses its argv[0], so that could show another command than the one that is approved. But
 * it is no mere ornament either (sudo called sudoedit edits), so where it names another program that is said:
 * `sudo (called sudoedit) FILE`. Control characters and blanks stay: the judge makes it safe to print. */
void command_read(char *command, size_t size, const char *service);

#endif
