/* Text put together in a fixed buffer. What does not fit is left out: callers size their buffers for the worst case. */
#ifndef PEAPOD_MONITOR_TEXT_H
#define PEAPOD_MONITOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
  char *bytes;
  size_t capacity;
  size_t length;
};

void text_add(struct text *text, const char *string);
void text_add_number(struct text *text, uint64_t number);
/* Exactly `digits` digits, with leading zeros. */
void text_add_digits(struct text *text, uint64_t number, unsigned digits);
/* Writes the terminating NUL, over the last byte when the buffer is full. */
void text_end(struct text *text);

size_t text_length(const char *string);
/* The index of the first newline, or `size`. */
size_t text_find_newline(const char *bytes, size_t size);
/* Whether `bytes`, not terminated, contains `word`. */
bool text_contains(const char *bytes, size_t size, const char *word);

#endif
