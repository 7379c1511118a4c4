/* The records a later daemon reads. */
#include "../monitor/record.h"
#include "log_directory.h"

#include <sys/prctl.h>

static void is_file(const struct directory *directory, const char *name, const char *expected) {
  size_t size;
  char *content = read_file(directory->fd, name, &size);
  if (!ok(strcmp(content, expected) == 0, "%s has what it should", name)) note("%s", content);
  free(content);
}

static void records_ends(void) {
  struct directory directory = make_directory();
  struct exit_status exit = {.kind = EXIT_EXITED, .value = 255, .at_ns = 18446744073709551615ull};
  ok(record_exit(directory.fd, &exit, 1475713029669794202ull) == 0, "record_exit: is written");
  is_file(&directory, "exit.json",
          "{\"version\":1,\"kind\":\"exited\",\"value\":255,\"startedAtNs\":\"1475713029669794202\","
          "\"finishedAtNs\":\"18446744073709551615\"}\n");
  exit = (struct exit_status){.kind = EXIT_SIGNALED, .value = 9, .at_ns = 2};
  record_exit(directory.fd, &exit, 1);
  is_file(&directory, "exit.json",
          "{\"version\":1,\"kind\":\"signaled\",\"value\":9,\"startedAtNs\":\"1\",\"finishedAtNs\":\"2\"}\n");
  exit.kind = EXIT_UNKNOWN;
  exit.value = 0;
  record_exit(directory.fd, &exit, 1);
  is_file(&directory, "exit.json",
          "{\"version\":1,\"kind\":\"unknown\",\"value\":0,\"startedAtNs\":\"1\",\"finishedAtNs\":\"2\"}\n");
  ok(faccessat(directory.fd, "exit.json.new", F_OK, 0) < 0, "record_exit: leaves nothing beside it");
  remove_directory(&directory);
}

static void reports_what_it_cannot_write(void) {
  struct directory directory = make_directory();
  const struct exit_status exit = {.kind = EXIT_EXITED};
  if (symlinkat("/tmp/peapod-record-target", directory.fd, "exit.json.new") < 0) abort();
  ok(record_exit(directory.fd, &exit, 1) < 0, "record_exit: says so when it cannot write");
  ok(access("/tmp/peapod-record-target", F_OK) < 0, "record_exit: follows no symbolic link");
  ok(record_exit(directory.fd, &exit, 1) == 0, "record_exit: works when tried again");
  remove_directory(&directory);
}

/* Field 22 as sscanf reads it, for a process whose name has no space. */
static unsigned long long start_time_of_self(void) {
  unsigned long long ticks = 0;
  FILE *stat = fopen("/proc/self/stat", "re");
  if (fscanf(stat, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
             &ticks) != 1) {
    note("cannot read /proc/self/stat");
  }
  fclose(stat);
  return ticks;
}

static void reads_start_times(void) {
  unsigned long long expected = start_time_of_self();
  ok(expected > 0 && record_start_time(getpid()) == expected, "record_start_time: is field 22 of stat");
  prctl(PR_SET_NAME, "a) R 1 2 (3) 4");
  ok(record_start_time(getpid()) == expected, "record_start_time: whatever the process is called");
  ok(record_start_time(0) == 0, "record_start_time: 0 for no process");
}

int main(void) {
  records_ends();
  reports_what_it_cannot_write();
  reads_start_times();
  return done_testing();
}
