/* The Test Anything Protocol, version 13, for C programs of one file. */
#ifndef PEAPOD_TAP_H
#define PEAPOD_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tap_counts {
  int run;
  int failed;
};

static inline struct tap_counts *tap_counts(void) {
  static struct tap_counts counts;
  return &counts;
}

static inline void tap_point(bool passed, const char *directive, const char *format, va_list arguments) {
  struct tap_counts *counts = tap_counts();
  counts->run++;
  counts->failed += !passed;
  printf("%sok %d - ", passed ? "" : "not ", counts->run);
  vprintf(format, arguments);
  printf("%s\n", directive);
  fflush(stdout);
}

/* One test point; its description is a sentence. Returns whether it passed, so that a test may stop there. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  tap_point(passed, "", format, arguments);
  va_end(arguments);
  return passed;
}

/* A test point that this machine cannot run. */
__attribute__((format(printf, 1, 2))) static inline void skip(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  tap_point(true, " # SKIP", format, arguments);
  va_end(arguments);
}

/* A line for the reader: why a point failed. */
__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("# ");
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
}

/* Prints the plan; its value is the program's exit status. */
static inline int done_testing(void) {
  printf("1..%d\n", tap_counts()->run);
  return tap_counts()->failed > 0;
}

#endif
