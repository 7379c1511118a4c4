#include "record.h"

#include "monitor_syscalls.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>

#define START_TIME_FIELD 22
#define FIELD_AFTER_NAME 2

struct names {
  const char *name;
  const char *aside;
};

static const struct names started = {"started.json", "started.json.new"};
static const struct names exited = {"exit.json", "exit.json.new"};

static int open_aside(int directory, const char *name) {
  return (int)sys_openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int write_aside(int fd, const struct text *content) {
  if (fd < 0) {
    return fd;
  }
  long written = sys_write(fd, content->bytes, content->length);
  sys_close(fd);
  if (written < 0) {
    return (int)written;
  }
  return (size_t)written == content->length ? 0 : -ENOSPC;
}

/* `fd` is the record beside it, and closed. */
static int write_record(int fd, int directory, struct names names, const struct text *content) {
  const char *aside = names.aside;
  int result = write_aside(fd, content);
  if (result == 0) {
    result = (int)sys_renameat(directory, aside, directory, names.name);
  }
  if (result < 0) {
    sys_unlinkat(directory, aside, 0);
  }
  return result;
}

static void add_ns(struct text *text, const char *key, uint64_t ns) {
  text_add(text, ",\"");
  text_add(text, key);
  text_add(text, "\":\""); /* text, for a number beyond 2^53 */
  text_add_number(text, ns);
  text_add(text, "\"");
}

void record_prepare_started(struct started_record *record, int run_directory, int pid) {
  record->start_time = record_start_time(pid);
  record->fd = open_aside(run_directory, started.aside);
}

int record_started(struct started_record *record, int run_directory, int pid, uint64_t started_ns) {
  if (record->fd < 0) {
    record_prepare_started(record, run_directory, pid);
  }
  int fd = record->fd;
  record->fd = -1;
  char bytes[192];
  struct text text = {.bytes = bytes, .capacity = sizeof bytes};
  text_add(&text, "{\"version\":1,\"pid\":");
  text_add_number(&text, (uint64_t)pid);
  text_add(&text, ",\"startTime\":");
  text_add_number(&text, record->start_time);
  add_ns(&text, "startedAtNs", started_ns);
  text_add(&text, "}\n");
  return write_record(fd, run_directory, started, &text);
}

static const char *name_of(enum exit_kind kind) {
  switch (kind) {
  case EXIT_EXITED:
    return "exited";
  case EXIT_SIGNALED:
    return "signaled";
  default:
    return "unknown";
  }
}

int record_exit(int run_directory, const struct exit_status *exit, uint64_t started_ns) {
  char bytes[192];
  struct text text = {.bytes = bytes, .capacity = sizeof bytes};
  text_add(&text, "{\"version\":1,\"kind\":\"");
  text_add(&text, name_of(exit->kind));
  text_add(&text, "\",\"value\":");
  text_add_number(&text, exit->value);
  add_ns(&text, "startedAtNs", started_ns);
  add_ns(&text, "finishedAtNs", exit->at_ns);
  text_add(&text, "}\n");
  return write_record(open_aside(run_directory, exited.aside), run_directory, exited, &text);
}

static size_t read_stat(int pid, char *bytes, size_t size) {
  char path[32];
  struct text text = {.bytes = path, .capacity = sizeof path};
  text_add(&text, "/proc/");
  text_add_number(&text, (uint64_t)pid);
  text_add(&text, "/stat");
  text_end(&text);
  int fd = (int)sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) {
    return 0;
  }
  long result = sys_read(fd, bytes, size);
  sys_close(fd);
  return result > 0 ? (size_t)result : 0;
}

/* Past the name in parentheses, which may hold anything, parentheses included. */
static size_t end_of_name(const char *stat, size_t size) {
  while (size > 0 && stat[size - 1] != ')') {
    size--;
  }
  return size;
}

uint64_t record_start_time(int pid) {
  char stat[512];
  size_t size = read_stat(pid, stat, sizeof stat);
  unsigned field = FIELD_AFTER_NAME;
  uint64_t ticks = 0;
  for (size_t i = end_of_name(stat, size); i < size && field <= START_TIME_FIELD; i++) {
    if (stat[i] == ' ') {
      field++;
    } else if (field == START_TIME_FIELD) {
      ticks = ticks * 10 + (uint64_t)(stat[i] - '0');
    }
  }
  return ticks;
}
