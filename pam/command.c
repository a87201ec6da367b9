#include "command.h"

#include "line.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_LIMIT = 32 }; /* a longer argv[0] could push the arguments out of sight */

struct text {
    char *bytes;
    size_t used;
    size_t size;
};

/* Adds as much as there is room for. */
static void add(struct text *text, const char *added)
{
    size_t length = strnlen(added, text->size - text->used);
    memcpy(text->bytes + text->used, added, length);
    text->used += length;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Takes argv[0], however long, off the front of the arguments, and keeps its last component cut to `size`. */
static void take_called(FILE *arguments, char *called, size_t size)
{
    size_t length = 0;
    for (int byte = getc(arguments); byte != EOF && byte != '\0'; byte = getc(arguments)) {
        if (byte == '/')
            length = 0;
        else if (length < size - 1)
            called[length++] = (char)byte;
    }
    called[length] = '\0';
}

/* Says whether a name can be shown beside the program's without pretending to be more than a name. */
static bool is_plain_name(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    size_t length = strlen(name);
    return length > 0 && length < NAME_LIMIT && strspn(name, plain) == length;
}

static void add_called(struct text *command, const char *called, const char *program)
{
    if (strcmp(called, program) == 0)
        return;
    add(command, " (called ");
    add(command, is_plain_name(called) ? called : "otherwise");
    add(command, ")");
}

static void add_arguments(struct text *command, const char *program)
{
    FILE *arguments = fopen("/proc/self/cmdline", "re");
    if (arguments == NULL)
        return;
    char called[NAME_MAX + 2]; /* longer than any program's name, so that one cut is no program's */
    take_called(arguments, called, sizeof called);
    add_called(command, called, program);
    if (command->used < command->size)
        command->bytes[command->used++] = '\0'; /* as between the arguments */
    command->used += fread(command->bytes + command->used, 1, command->size - command->used, arguments);
    (void)fclose(arguments);
    while (command->used > 0 && command->bytes[command->used - 1] == '\0')
        command->used--;
}

/* Makes text of bytes: NULs part the arguments. */
static void make_text(struct text *command)
{
    for (size_t at = 0; at < command->used;) {
        size_t bytes = line_character(command->bytes + at, command->used - at);
        if (bytes == 0)
            command->bytes[at] = command->bytes[at] == '\0' ? ' ' : '?';
        at += bytes > 0 ? bytes : 1;
    }
}

void command_read(char *command, size_t size, const char *service)
{
    struct text text = {.bytes = command, .size = size - 1};
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    const char *program = length > 0 ? last_component(path) : service;
    add(&text, program);
    add_arguments(&text, program);
    make_text(&text);
    command[text.used] = '\0';
}
