/* Lines of the door socket: `WORD key=value ...\n`, values percent-encoded (docs/contracts.md, "Door socket").
 *
 * No allocation, no globals, nothing but libc's string functions, so that it can be fuzzed alone.
 */
#ifndef FACELATCH_LINE_H
#define FACELATCH_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_LIMIT = 4096 }; /* bytes of a line, its newline included */

/* A line that line_read() found good. It points into the caller's text and lives as long as that. */
struct line {
    const char *text;
    size_t length; /* without the newline */
    size_t word_length;
};

/* A line being written. Start it, add to it, end it; the first thing that does not fit spoils it. */
struct line_writer {
    char text[LINE_LIMIT];
    size_t used;
    bool spoilt;
};

/* Says whether `text` is one whole, good line, the newline at its end included; fills `line` if it is. */
bool line_read(const char *text, size_t length, struct line *line);

/* Says whether the line begins with `word`. */
bool line_is(const struct line *line, const char *word);

/* Writes the decoded value of `key` with a NUL behind it; false where the key is missing or `size` too small. */
bool line_get(const struct line *line, const char *key, char *value, size_t size);

void line_start(struct line_writer *writer, const char *word);

/* Adds a pair; a value that is not UTF-8 or does not fit spoils the line. */
void line_add(struct line_writer *writer, const char *key, const char *value);

/* Adds a pair whose value is cut at a character to fit, with an ellipsis in place of what is missing. */
void line_add_cut(struct line_writer *writer, const char *key, const char *value);

/* Adds the newline; returns the length of the line, 0 if it is spoilt. */
size_t line_end(struct line_writer *writer);

/* Bytes of the UTF-8 character (RFC 3629) at the front of `text`, 0 where there is none. NUL is none. */
size_t line_character(const char *text, size_t length);

#endif
