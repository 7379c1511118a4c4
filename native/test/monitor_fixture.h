/*
 * A monitor under test, with real descriptors: the sources of this program in a forked child, under the sanitizers, or
 * with PEAPOD_MONITOR=<path> that executable.
 */
#ifndef PEAPOD_MONITOR_FIXTURE_H
#define PEAPOD_MONITOR_FIXTURE_H

#include "../core/protocol.h"
#include "../monitor/monitor.h"
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_DEADLINE_MS 5000
#define TEST_FDS 8

struct fixture {
  char path[64];
  char log_path[600];
  char cgroup_path[512];
  int run;
  int log;
  int cgroup;
  int session; /* our end of the connection the monitor begins with; -1 once a test has it */
  pid_t monitor;
};

static inline bool find_cgroup2(char *path, size_t size) {
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  char line[4096], point[256] = "";
  while (fgets(line, sizeof line, mounts) != NULL) {
    if (strstr(line, " - cgroup2 ") != NULL) sscanf(line, "%*s %*s %*s %*s %255s", point);
  }
  fclose(mounts);
  snprintf(path, size, "%s/peapod-test-monitor-%d", point, getpid());
  return point[0] != '\0';
}

/* Whether this machine can run the tests at all. */
static inline bool fixture_is_possible(void) {
  char path[512];
  return geteuid() == 0 && find_cgroup2(path, sizeof path);
}

static inline int open_directory(int parent, const char *path) {
  return openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The descriptors the monitor is to find at 3 and up, moved out of each other's way first. */
static inline void arrange(int first, const int *fds, int count) {
  int moved[TEST_FDS];
  for (int i = 0; i < count; i++)
    moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 100);
  for (int i = 0; i < count; i++)
    dup2(moved[i], first + i);
  for (int i = 0; i < 3; i++)
    dup2(open("/dev/null", O_RDWR | O_CLOEXEC), i);
}

static inline void become_monitor(int session) {
  /* In place of the mounts of /dev, which no test's plan has among its inputs. */
  const int fds[] = {session, open("/", O_PATH | O_CLOEXEC), open("/", O_PATH | O_CLOEXEC)};
  const int count = 3;
  const char *program = getenv("PEAPOD_MONITOR");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  arrange(INHERITED_SESSION, fds, count);
  if (program != NULL) {
    char *argv[] = {"peapod-monitor", "test", NULL};
    close_range(INHERITED_SESSION + (unsigned)count, ~0u, 0);
    execve(program, argv, (char *[]){NULL});
    _exit(126);
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  close_range(INHERITED_SESSION, INHERITED_TERMINALS, CLOSE_RANGE_CLOEXEC);
  close_range(INHERITED_SESSION + (unsigned)count, ~0u, 0);
  static struct monitor monitor;
  _exit(monitor_run(&monitor));
}

/* With its log in a directory of its own unless one is given. */
static inline struct fixture fixture_start_with_log(const char *log_directory) {
  struct fixture fixture = {.path = "/tmp/peapod-monitor-XXXXXX"};
  int session[2];
  char path[600];
  if (mkdtemp(fixture.path) == NULL || !find_cgroup2(fixture.cgroup_path, sizeof fixture.cgroup_path)) abort();
  snprintf(path, sizeof path, "%s/run", fixture.path);
  mkdir(path, 0700);
  fixture.run = open_directory(AT_FDCWD, path);
  snprintf(path, sizeof path, "%s/log", fixture.path);
  mkdir(path, 0700);
  snprintf(fixture.log_path, sizeof fixture.log_path, "%s", log_directory != NULL ? log_directory : path);
  fixture.log = open_directory(AT_FDCWD, fixture.log_path);
  mkdir(fixture.cgroup_path, 0700);
  fixture.cgroup = open_directory(AT_FDCWD, fixture.cgroup_path);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, session) < 0) abort();
  fixture.session = session[0];
  fflush(stdout);
  fixture.monitor = fork();
  if (fixture.monitor == 0) become_monitor(session[1]);
  close(session[1]);
  return fixture;
}

static inline struct fixture fixture_start(void) {
  return fixture_start_with_log(NULL);
}

static inline void empty_directory(int directory) {
  DIR *entries = fdopendir(dup(directory));
  rewinddir(entries);
  struct dirent *entry;
  while ((entry = readdir(entries)) != NULL)
    unlinkat(directory, entry->d_name, 0);
  closedir(entries);
}

static inline void sleep_ms(long ms) {
  nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static inline void write_cgroup(const struct fixture *fixture, const char *name, const char *value) {
  int fd = openat(fixture->cgroup, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, strlen(value)) < 0) note("cannot write %s: %s", name, strerror(errno));
  close(fd);
}

/* Waits for the monitor to exit by itself; its status, or -1 when it did not within `timeout_ms`. */
static inline int wait_for_monitor(struct fixture *fixture, int timeout_ms) {
  int status = -1;
  for (int waited = 0; waited < timeout_ms; waited += 10) {
    if (waitpid(fixture->monitor, &status, WNOHANG) == fixture->monitor) {
      fixture->monitor = 0;
      return status;
    }
    sleep_ms(10);
  }
  return -1;
}

static inline void fixture_end(struct fixture *fixture) {
  if (fixture->monitor > 0) {
    kill(fixture->monitor, SIGKILL);
    waitpid(fixture->monitor, NULL, 0);
  }
  write_cgroup(fixture, "cgroup.kill", "1");
  for (int i = 0; i < 200 && rmdir(fixture->cgroup_path) < 0; i++)
    sleep_ms(10);
  char path[128];
  empty_directory(fixture->run);
  empty_directory(fixture->log);
  snprintf(path, sizeof path, "%s/run", fixture->path);
  rmdir(path);
  snprintf(path, sizeof path, "%s/log", fixture->path);
  rmdir(path);
  rmdir(fixture->path);
  close(fixture->run);
  close(fixture->log);
  close(fixture->cgroup);
  if (fixture->session >= 0) close(fixture->session);
}

static inline bool is_readable(int fd, int timeout_ms) {
  struct pollfd waiting = {.fd = fd, .events = POLLIN};
  return poll(&waiting, 1, timeout_ms) == 1;
}

/* Everything a descriptor gives until its end, or until nothing came for a while; to be freed. */
static inline char *read_all(int fd) {
  size_t size = 0, capacity = 1 << 16;
  char *content = malloc(capacity);
  while (is_readable(fd, TEST_DEADLINE_MS)) {
    ssize_t got = read(fd, content + size, capacity - size - 1);
    if (got <= 0) break;
    size += (size_t)got;
    if (capacity - size < 4096) content = realloc(content, capacity *= 2);
  }
  content[size] = '\0';
  return content;
}

static inline char *read_at(int directory, const char *name) {
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return calloc(1, 1);
  char *content = read_all(fd);
  close(fd);
  return content;
}

static inline bool exists(int directory, const char *name) {
  return faccessat(directory, name, F_OK, 0) == 0;
}

/* Whether the file comes to contain the text. */
static inline bool comes_to_contain(int directory, const char *name, const char *text) {
  for (int waited = 0; waited < TEST_DEADLINE_MS; waited += 20) {
    char *content = read_at(directory, name);
    bool found = strstr(content, text) != NULL;
    free(content);
    if (found) return true;
    sleep_ms(20);
  }
  return false;
}

static inline int count_fds(pid_t pid) {
  char path[32];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *entries = opendir(path);
  while (entries != NULL && readdir(entries) != NULL)
    count++;
  if (entries != NULL) closedir(entries);
  return count;
}

/** Descriptors of a monitor that has nothing to do: right after STARTED it still writes a record. */
static inline int count_idle_fds(pid_t monitor) {
  int count = count_fds(monitor);
  for (int equal = 0, i = 0; equal < 5 && i < 300; i++) {
    sleep_ms(10);
    int now = count_fds(monitor);
    equal = now == count ? equal + 1 : 0;
    count = now;
  }
  return count;
}

/* User and system time so far, in hundredths of a second. */
static inline uint64_t cpu_ticks(pid_t pid) {
  char path[32];
  unsigned long user = 0, system = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char *stat = read_at(AT_FDCWD, path);
  sscanf(strrchr(stat, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  free(stat);
  return user + system;
}

#endif
