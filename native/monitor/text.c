#include "text.h"

static void add_byte(struct text *text, char byte) {
  if (text->length < text->capacity) {
    text->bytes[text->length++] = byte;
  }
}

void text_add(struct text *text, const char *string) {
  for (; *string != '\0'; string++) {
    add_byte(text, *string);
  }
}

void text_add_digits(struct text *text, uint64_t number, unsigned digits) {
  char reversed[20];
  for (unsigned i = 0; i < digits; i++) {
    reversed[i] = (char)('0' + number % 10);
    number /= 10;
  }
  while (digits > 0) {
    add_byte(text, reversed[--digits]);
  }
}

void text_add_number(struct text *text, uint64_t number) {
  unsigned digits = 1;
  for (uint64_t rest = number / 10; rest > 0; rest /= 10) {
    digits++;
  }
  text_add_digits(text, number, digits);
}

void text_end(struct text *text) {
  size_t end = text->length < text->capacity ? text->length : text->capacity - 1;
  text->bytes[end] = '\0';
}

size_t text_length(const char *string) {
  size_t length = 0;
  while (string[length] != '\0') {
    length++;
  }
  return length;
}

size_t text_find_newline(const char *bytes, size_t size) {
  size_t i = 0;
  while (i < size && bytes[i] != '\n') {
    i++;
  }
  return i;
}

static bool starts_with(const char *bytes, size_t size, const char *word) {
  size_t i = 0;
  while (i < size && word[i] != '\0' && bytes[i] == word[i]) {
    i++;
  }
  return word[i] == '\0';
}

bool text_contains(const char *bytes, size_t size, const char *word) {
  for (size_t i = 0; i < size; i++) {
    if (starts_with(bytes + i, size - i, word)) {
      return true;
    }
  }
  return false;
}
