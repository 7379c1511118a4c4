/* The lines of a log: times, the CRI format, long lines. */
#include "../monitor/clock.h"
#include "log_directory.h"

#include <time.h>

static void formats_times(void) {
  char bytes[31] = {0};
  struct text text = {.bytes = bytes, .capacity = 30};
  clock_add_rfc3339(&text, 1475713029669794202ull);
  ok(strcmp(bytes, "2016-10-06T00:17:09.669794202Z") == 0, "clock_add_rfc3339: %s", bytes);
  text.length = 0;
  clock_add_rfc3339(&text, 1709164800000000001ull);
  ok(strcmp(bytes, "2024-02-29T00:00:00.000000001Z") == 0, "clock_add_rfc3339: a leap day, %s", bytes);
  text.length = 0;
  clock_add_rfc3339(&text, 4102444799999999999ull);
  ok(strcmp(bytes, "2099-12-31T23:59:59.999999999Z") == 0, "clock_add_rfc3339: the end of a year, %s", bytes);
}

static void formats_times_as_libc_does(void) {
  int same = 0;
  const int days = 60000;
  for (int day = 0; day < days; day++) {
    time_t seconds = (time_t)day * 86400 + day;
    char expected[32], actual[32] = {0};
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(expected, sizeof expected, "%Y%m%d-%H%M%S", &parts);
    struct text text = {.bytes = actual, .capacity = 31};
    clock_add_compact(&text, (uint64_t)seconds);
    same += strcmp(expected, actual) == 0;
  }
  ok(same == days, "clock_add_compact: %d days are as strftime has them", days);
}

static void checks_names(void) {
  char name[MESSAGE_LOG_NAME_BYTES];
  memset(name, 'x', sizeof name);
  ok(!log_name_is_valid(name), "log_name_is_valid: a name without an end is none");
  const char *const refused[] = {"", ".", "..", "../0.log", "a/b", "/0.log"};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    strncpy(name, refused[i], sizeof name);
    ok(!log_name_is_valid(name), "log_name_is_valid: \"%s\" is none", refused[i]);
  }
  strncpy(name, "0.log", sizeof name);
  ok(log_name_is_valid(name), "log_name_is_valid: a plain file name is one");
}

static void writes_cri_lines(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, unlimited);
  uint64_t before = clock_realtime_ns();
  ok(write_text(&log, STREAM_STDOUT, "one\ntwo\nthr") == 8, "log_write: the beginning of a line is left");
  write_text(&log, STREAM_STDERR, "\n");
  log_write_last(&log, STREAM_STDOUT, "three", 5);
  is_log(&directory, "stdout F one\nstdout F two\nstderr F \nstdout P three\n", "log_write: lines have stream and tag");

  size_t size;
  char *content = read_file(directory.fd, "0.log", &size);
  char expected[31] = {0};
  struct text text = {.bytes = expected, .capacity = 30};
  clock_add_rfc3339(&text, before);
  ok(strncmp(content, expected, 16) == 0 && content[PREFIX_SIZE] == ' ', "log_write: a line begins with its time");
  ok(log.size == size, "log_write: the size of the file is known");
  free(content);
  struct stat status;
  fstatat(directory.fd, "0.log", &status, 0);
  ok((status.st_mode & 0137) == 0, "log_start: the file is for its owner and group");
  close(log.fd);
  remove_directory(&directory);
}

static void splits_long_lines(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, unlimited);
  static char line[3 * LOG_LINE_BYTES];
  memset(line, 'a', sizeof line);
  line[LOG_LINE_BYTES] = '\n';
  ok(log_write(&log, STREAM_STDOUT, line, LOG_LINE_BYTES) == 0, "log_write: 16 KiB may yet end in a newline");
  ok(log_write(&log, STREAM_STDOUT, line, LOG_LINE_BYTES + 1) == LOG_LINE_BYTES + 1, "log_write: a line of 16 KiB");
  size_t size;
  char *content = read_file(directory.fd, "0.log", &size);
  ok(content[PREFIX_SIZE - 1] == 'F' && size == LOG_LINE_BYTES + PREFIX_SIZE + 2, "log_write: is written whole");
  free(content);
  line[LOG_LINE_BYTES] = 'a';
  line[2 * LOG_LINE_BYTES + 5] = '\n';
  size_t done = log_write(&log, STREAM_STDOUT, line, 2 * LOG_LINE_BYTES + 6);
  content = read_file(directory.fd, "0.log", &size);
  const char *second = content + LOG_LINE_BYTES + PREFIX_SIZE + 2;
  const char *third = second + LOG_LINE_BYTES + PREFIX_SIZE + 2;
  const char *fourth = third + LOG_LINE_BYTES + PREFIX_SIZE + 2;
  ok(done == 2 * LOG_LINE_BYTES + 6, "log_write: a longer line is taken in pieces");
  ok(second[PREFIX_SIZE - 1] == 'P' && third[PREFIX_SIZE - 1] == 'P', "log_write: its pieces have tag P");
  ok(strcmp(fourth + PREFIX_SIZE - 1, "F aaaaa\n") == 0, "log_write: its last piece has tag F");
  free(content);
  close(log.fd);
  remove_directory(&directory);
}

/* Whatever bytes come in whatever portions, the log joins to the same bytes. */
static void joins_to_what_came(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, unlimited);
  static char input[400000], held[2 * LOG_LINE_BYTES], joined[sizeof input + 1];
  unsigned seed = 7;
  for (size_t i = 0; i < sizeof input; i++) {
    seed = seed * 1103515245u + 12345u;
    bool is_dense = i / 40000 % 2 == 0;
    input[i] = (seed >> 16) % (is_dense ? 40 : 30000) == 0 ? '\n' : (char)((seed >> 16) | 1);
  }
  size_t held_size = 0;
  for (size_t at = 0; at < sizeof input;) {
    seed = seed * 1103515245u + 12345u;
    size_t portion = (seed >> 16) % (sizeof held - held_size) + 1;
    portion = portion < sizeof input - at ? portion : sizeof input - at;
    portion = portion < sizeof held - held_size ? portion : sizeof held - held_size;
    memcpy(held + held_size, input + at, portion);
    at += portion;
    held_size += portion;
    size_t done = log_write(&log, STREAM_STDERR, held, held_size);
    held_size -= done;
    memmove(held, held + done, held_size);
  }
  log_write_last(&log, STREAM_STDERR, held, held_size);

  size_t size, joined_size = 0;
  char *content = read_file(directory.fd, "0.log", &size);
  for (char *line = content; line < content + size;) {
    char *end = memchr(line, '\n', size);
    size_t length = (size_t)(end - line) - PREFIX_SIZE - 1;
    memcpy(joined + joined_size, line + PREFIX_SIZE + 1, length);
    joined_size += length;
    if (line[PREFIX_SIZE - 1] == 'F') joined[joined_size++] = '\n';
    line = end + 1;
  }
  ok(joined_size == sizeof input && memcmp(joined, input, sizeof input) == 0, "log_write: P and F join byte-exact");
  free(content);
  close(log.fd);
  remove_directory(&directory);
}

int main(void) {
  formats_times();
  formats_times_as_libc_does();
  checks_names();
  writes_cri_lines();
  splits_long_lines();
  joins_to_what_came();
  return done_testing();
}
