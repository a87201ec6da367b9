/* libFuzzer target of the line parser and writer: what is read is consistent, what is written reads back. */
#include "line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool held)
{
    if (!held)
        abort();
}

/* Every key that may be asked for comes whole or not at all, whatever the room for it. */
static void read_back(const struct line *line)
{
    static const char *const keys[] = {"verdict", "reason", "text", "echo", "v", ""};
    char value[LINE_LIMIT];
    char small[4];
    for (size_t at = 0; at < sizeof keys / sizeof *keys; at++) {
        bool whole = line_get(line, keys[at], value, sizeof value);
        bool fits = line_get(line, keys[at], small, sizeof small);
        demand(fits == (whole && strlen(value) < sizeof small));
        demand(!line_get(line, keys[at], small, 0));
        struct line_writer writer;
        line_start(&writer, "TELL");
        if (whole)
            line_add(&writer, "text", value);
        demand(!whole || !writer.spoilt || strlen(value) > LINE_LIMIT / 3 - 16);
    }
}

static void write_and_read(const char *value)
{
    char read[LINE_LIMIT];
    struct line line;
    struct line_writer writer;
    line_start(&writer, "ANSWER");
    line_add(&writer, "text", value);
    size_t length = line_end(&writer);
    if (length > 0) {
        demand(line_read(writer.text, length, &line) && line_is(&line, "ANSWER"));
        demand(line_get(&line, "text", read, sizeof read) && strcmp(read, value) == 0);
    }
    line_start(&writer, "ANSWER");
    line_add_cut(&writer, "text", value);
    size_t cut_length = line_end(&writer);
    demand(length == 0 || cut_length == length);
    demand(cut_length == 0 || line_read(writer.text, cut_length, &line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A buffer of its own exact size, so that AddressSanitizer sees a read past the end. */
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    write_and_read(text);
    char *exact = realloc(text, size > 0 ? size : 1);
    struct line line;
    if (exact != NULL && line_read(exact, size, &line)) {
        demand(size <= LINE_LIMIT && memchr(exact, '\n', size) == exact + size - 1);
        read_back(&line);
    }
    free(exact != NULL ? exact : text);
    return 0;
}
