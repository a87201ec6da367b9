#include "line.h"

#include <stdint.h>
#include <string.h>

struct field {
    const char *key;
    size_t key_length;
    const char *value; /* still encoded */
    size_t value_length;
};

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The bytes that stand for themselves in a value. */
static bool is_plain(char byte)
{
    return is_upper(byte) || is_lower(byte) || is_digit(byte) || (byte != '\0' && strchr("._-/:@+,", byte) != NULL);
}

size_t line_character(const char *text, size_t length)
{
    uint32_t lead = length > 0 ? (unsigned char)text[0] : 0;
    size_t bytes = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (lead == 0 || bytes == 0 || bytes > length)
        return 0;
    uint32_t code = bytes == 1 ? lead : lead & (0x7fU >> bytes);
    for (size_t at = 1; at < bytes; at++) {
        uint32_t byte = (unsigned char)text[at];
        if ((byte & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (byte & 0x3f);
    }
    bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return overlong || surrogate || code > 0x10ffff ? 0 : bytes;
}

static bool is_utf8(const char *text, size_t length)
{
    size_t bytes = 0;
    for (size_t at = 0; at < length; at += bytes) {
        bytes = line_character(text + at, length - at);
        if (bytes == 0)
            return false;
    }
    return true;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* The byte that `%XX` stands for, 0 where it is none or the refused %00. */
static char escaped_byte(const char *text, size_t length)
{
    int high = length >= 3 ? hex_digit(text[1]) : -1;
    int low = length >= 3 ? hex_digit(text[2]) : -1;
    if (high < 0 || low < 0)
        return '\0';
    return (char)(high << 4 | low);
}

/* Decodes a value and puts a NUL behind it; false where it is broken, no UTF-8, or larger than `size`. */
static bool decode(const struct field *field, char *value, size_t size)
{
    size_t used = 0;
    for (size_t at = 0; at < field->value_length; at++) {
        char byte = field->value[at];
        if (byte == '%') {
            byte = escaped_byte(field->value + at, field->value_length - at);
            if (byte == '\0')
                return false;
            at += 2;
        } else if (!is_plain(byte)) {
            return false;
        }
        if (used + 1 >= size)
            return false;
        value[used++] = byte;
    }
    if (size == 0)
        return false;
    value[used] = '\0';
    return is_utf8(value, used);
}

/* Takes ` key=value`, the key a small letter and more of them or digits, off the front of what is left; false where no
 * such pair stands there. */
static bool take_field(const char **rest, const char *end, struct field *field)
{
    const char *at = *rest;
    if (at == end || *at != ' ')
        return false;
    field->key = ++at;
    if (at == end || !is_lower(*at))
        return false;
    while (at < end && (is_lower(*at) || is_digit(*at)))
        at++;
    field->key_length = (size_t)(at - field->key);
    if (at == end || *at != '=')
        return false;
    field->value = ++at;
    const char *space = memchr(at, ' ', (size_t)(end - at));
    *rest = space != NULL ? space : end;
    field->value_length = (size_t)(*rest - field->value);
    return true;
}

/* Finds the first pair of that key. */
static bool find_field(const struct line *line, const char *key, size_t key_length, struct field *field)
{
    const char *rest = line->text + line->word_length;
    while (take_field(&rest, line->text + line->length, field)) {
        if (field->key_length == key_length && memcmp(field->key, key, key_length) == 0)
            return true;
    }
    return false;
}

/* Says whether all that follows the word is good pairs, no key twice: each key's first pair must be itself. */
static bool fields_are_good(const struct line *line)
{
    const char *rest = line->text + line->word_length;
    const char *end = line->text + line->length;
    while (rest < end) {
        struct field field;
        struct field first;
        char value[LINE_LIMIT];
        if (!take_field(&rest, end, &field) || !decode(&field, value, sizeof value))
            return false;
        if (!find_field(line, field.key, field.key_length, &first) || first.key != field.key)
            return false;
    }
    return true;
}

bool line_read(const char *text, size_t length, struct line *line)
{
    if (length == 0 || length > LINE_LIMIT || text[length - 1] != '\n')
        return false;
    *line = (struct line){.text = text, .length = length - 1};
    while (line->word_length < line->length && is_upper(text[line->word_length]))
        line->word_length++;
    return line->word_length > 0 && fields_are_good(line);
}

bool line_is(const struct line *line, const char *word)
{
    return line->word_length == strlen(word) && memcmp(line->text, word, line->word_length) == 0;
}

bool line_get(const struct line *line, const char *key, char *value, size_t size)
{
    struct field field;
    return find_field(line, key, strlen(key), &field) && decode(&field, value, size);
}

/* What may still be written: the last byte is kept for the newline. */
static size_t room(const struct line_writer *writer)
{
    return LINE_LIMIT - 1 - writer->used;
}

static void put(struct line_writer *writer, const char *text)
{
    size_t length = strlen(text);
    if (writer->spoilt || length > room(writer)) {
        writer->spoilt = true;
        return;
    }
    memcpy(writer->text + writer->used, text, length);
    writer->used += length;
}

static size_t encoded_length(const char *text, size_t length)
{
    size_t encoded = 0;
    for (size_t at = 0; at < length; at++)
        encoded += is_plain(text[at]) ? 1 : 3;
    return encoded;
}

static void put_encoded(struct line_writer *writer, const char *text, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    if (writer->spoilt || encoded_length(text, length) > room(writer)) {
        writer->spoilt = true;
        return;
    }
    for (size_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (is_plain(text[at])) {
            writer->text[writer->used++] = text[at];
        } else {
            writer->text[writer->used++] = '%';
            writer->text[writer->used++] = digits[byte >> 4];
            writer->text[writer->used++] = digits[byte & 0xf];
        }
    }
}

static void put_key(struct line_writer *writer, const char *key)
{
    put(writer, " ");
    put(writer, key);
    put(writer, "=");
}

void line_start(struct line_writer *writer, const char *word)
{
    writer->used = 0;
    writer->spoilt = false;
    put(writer, word);
}

void line_add(struct line_writer *writer, const char *key, const char *value)
{
    size_t length = strlen(value);
    put_key(writer, key);
    if (is_utf8(value, length))
        put_encoded(writer, value, length);
    else
        writer->spoilt = true;
}

void line_add_cut(struct line_writer *writer, const char *key, const char *value)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    const size_t ellipsis_length = sizeof ellipsis - 1;
    size_t length = strlen(value);
    put_key(writer, key);
    if (!is_utf8(value, length)) {
        writer->spoilt = true;
        return;
    }
    if (encoded_length(value, length) <= room(writer)) {
        put_encoded(writer, value, length);
        return;
    }
    for (size_t at = 0; at < length;) {
        size_t bytes = line_character(value + at, length - at);
        if (encoded_length(value + at, bytes) + 3 * ellipsis_length > room(writer))
            break;
        put_encoded(writer, value + at, bytes);
        at += bytes;
    }
    put_encoded(writer, ellipsis, ellipsis_length);
}

size_t line_end(struct line_writer *writer)
{
    if (writer->spoilt)
        return 0;
    writer->text[writer->used++] = '\n';
    return writer->used;
}
