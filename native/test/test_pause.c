/* pause as it is, under the sanitizers: what it gives up, what it reaps, what ends it. */
#include "../pause/pause.c"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ORPHANS 50
#define PATIENCE_MS 2000

static bool status_has(pid_t pid, const char *line) {
  char path[64];
  static char text[8192];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  int fd = open(path, O_RDONLY);
  ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  close(fd);
  text[size < 0 ? 0 : size] = '\0';
  return strstr(text, line) != NULL;
}

static bool comes_true(pid_t pid, const char *line) {
  for (int waited = 0; waited < PATIENCE_MS; waited++) {
    if (status_has(pid, line)) {
      return true;
    }
    usleep(1000);
  }
  return false;
}

/* Children that end at once, left to pause: it has to reap them as the PID 1 of a pod does. */
static void make_orphans(void) {
  for (int i = 0; i < ORPHANS; i++) {
    if (fork() == 0) {
      _exit(i);
    }
  }
}

/* What a container of the image `pause` has lost before it begins. */
static void become_nobody(void) {
  if (setgid(PAUSE_ID) != 0 || setuid(PAUSE_ID) != 0) {
    _exit(99);
  }
}

/* As it may find them: nobody resets them for it. But for SIGCHLD: the kernel would do the reaping. */
static void ignore_signals(void) {
  for (int number = 1; number < NSIG; number++) {
    if (number != SIGCHLD) {
      signal(number, SIG_IGN);
    }
  }
}

static pid_t start_pause(bool orphans, bool as_nobody) {
  pid_t pid = fork();
  if (pid == 0) {
    ignore_signals();
    if (as_nobody) {
      become_nobody();
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (orphans) {
      make_orphans();
    }
    pause_main();
  }
  return pid;
}

static int end_with(pid_t pid, int signal) {
  int status = 0;
  kill(pid, signal);
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int count_children(pid_t pid) {
  char path[64];
  char text[4096];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  int fd = open(path, O_RDONLY);
  ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text);
  close(fd);
  int count = 0;
  for (ssize_t i = 0; i < size; i++) {
    count += text[i] == ' ';
  }
  return count;
}

static void gives_up_everything(void) {
  pid_t pid = start_pause(false, false);
  ok(comes_true(pid, "NoNewPrivs:\t1"), "it can gain no privileges");
  ok(status_has(pid, "Name:\tpause"), "it is called pause");
  ok(status_has(pid, "Uid:\t65535\t65535\t65535\t65535"), "it is not root");
  ok(status_has(pid, "Groups:\t \n") || status_has(pid, "Groups:\t\n"), "it is in no group");
  ok(status_has(pid, "CapPrm:\t0000000000000000") && status_has(pid, "CapBnd:\t0000000000000000"),
     "it has no capability and cannot get one");
  struct stat status;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  usleep(20000);
  ok(stat(path, &status) == 0 && status.st_uid == 0, "it is not dumpable: its /proc files are root's");
  ok(end_with(pid, SIGTERM) == 0, "SIGTERM ends it with status 0");
}

static void reaps_and_ends(void) {
  pid_t pid = start_pause(true, false);
  ok(comes_true(pid, "NoNewPrivs:\t1"), "it runs with children");
  int left = ORPHANS;
  for (int waited = 0; waited < PATIENCE_MS && left > 0; waited++) {
    usleep(1000);
    left = count_children(pid);
  }
  ok(left == 0, "it reaps %d ended children, %d are left", ORPHANS, left);
  kill(pid, SIGHUP);
  kill(pid, SIGUSR1);
  usleep(20000);
  ok(kill(pid, 0) == 0, "other signals do not end it");
  ok(end_with(pid, SIGINT) == 0, "SIGINT ends it with status 0");
}

static void ends_at_once(void) {
  uint64_t all = ~UINT64_C(0);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
  pid_t pid = fork();
  if (pid == 0) {
    raise(SIGTERM);
    pause_main();
  }
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  int status = 0;
  waitpid(pid, &status, 0);
  ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a signal that came while all were blocked for it ends it");
}

static void runs_in_a_container(void) {
  pid_t pid = start_pause(true, true);
  ok(comes_true(pid, "NoNewPrivs:\t1"), "it runs for who has no privileges to give up");
  ok(status_has(pid, "Uid:\t65535\t65535\t65535\t65535"), "it is that user");
  ok(end_with(pid, SIGTERM) == 0, "SIGTERM ends that one with status 0");
}

int main(void) {
  if (getuid() != 0) {
    skip("pause gives up the privileges of root");
  } else {
    gives_up_everything();
    reaps_and_ends();
    ends_at_once();
    runs_in_a_container();
  }
  return done_testing();
}
