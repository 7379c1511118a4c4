/*
 * peapod-launch PLAN REPORT [FD…]: runs one launch plan outside Node, for tests, strace, sanitizers and fuzzing.
 *
 * PLAN is a file that holds a plan's wire form ("-" is standard input), REPORT an open descriptor for its records (-1
 * for none), and each FD an open descriptor: the plan's inputs, in order. It exits as the launched process does (128 +
 * n for a signal), with 125 when the plan failed and 2 when it was called wrongly.
 */
#include "../core/plan.h"
#include "../core/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_FAILED 125

struct wire {
  void *bytes;
  size_t size;
};

static int read_wire(const char *path, struct wire *wire) {
  int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return -errno;
  }
  wire->bytes = malloc(PLAN_MAX_BYTES + 1);
  if (wire->bytes == NULL) {
    return -ENOMEM;
  }
  ssize_t got;
  while ((got = read(fd, (char *)wire->bytes + wire->size, PLAN_MAX_BYTES + 1 - wire->size)) > 0) {
    wire->size += (size_t)got;
  }
  return got < 0 ? -errno : 0;
}

static int decode(const struct wire *wire, struct plan **plan) {
  size_t size = plan_decoded_size(wire->bytes, wire->size);
  void *memory = size == 0 ? NULL : malloc(size);
  int result = memory == NULL ? -EINVAL : plan_decode(plan, memory, size, wire->bytes, wire->size);
  return result == 0 && (*plan)->child_count == 0 ? -EINVAL : result;
}

static int wait_for(int pid) {
  int status;
  while (waitpid(pid, &status, 0) != pid) {
    if (errno != EINTR) {
      return EXIT_FAILED;
    }
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A joined plan's second child is ours too (CLONE_PARENT): the status that counts is the last one's. */
static int wait_for_all(int first) {
  int status = wait_for(first);
  for (;;) {
    int raw;
    int pid = waitpid(-1, &raw, 0);
    if (pid < 0) {
      return status;
    }
    status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
  }
}

static int launch(const struct plan *plan, int *slots, int report_fd) {
  struct plan_reporter reporter = {.fd = report_fd};
  struct clone_args arguments = {.flags = plan->clone_flags | CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  if (plan->cgroup_slot != PLAN_NO_SLOT) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (uint64_t)slots[plan->cgroup_slot];
  }
  if (plan_run_before(plan, slots, &reporter) < 0) {
    return EXIT_FAILED;
  }
  long pid = sys_clone3(&arguments, sizeof arguments);
  if (pid == 0) {
    plan_run(plan, slots, &reporter);
    _exit(EXIT_FAILED);
  }
  if (report_fd >= 0) {
    close(report_fd); /* its end of file tells the reader that exec happened */
  }
  if (pid < 0) {
    fprintf(stderr, "peapod-launch: clone3: %s\n", strerror((int)-pid));
    return EXIT_FAILED;
  }
  return wait_for_all((int)pid);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: peapod-launch PLAN REPORT [FD...]\n");
    return EXIT_USAGE;
  }
  struct wire wire = {0};
  struct plan *plan;
  int inputs[PLAN_MAX_SLOTS];
  int slots[PLAN_MAX_SLOTS];
  uint32_t count = (uint32_t)argc - 3;
  int result = read_wire(argv[1], &wire);
  if (result == 0) {
    result = decode(&wire, &plan);
  }
  for (uint32_t i = 0; result == 0 && i < count; i++) {
    if (i >= PLAN_MAX_SLOTS) {
      result = -EINVAL;
    } else {
      inputs[i] = atoi(argv[i + 3]);
      fcntl(inputs[i], F_SETFD, FD_CLOEXEC);
    }
  }
  if (result == 0) {
    result = plan_bind(plan, slots, inputs, count);
  }
  if (result < 0) {
    fprintf(stderr, "peapod-launch: %s: %s\n", argv[1], strerror(-result));
    return EXIT_USAGE;
  }
  int report_fd = atoi(argv[2]);
  if (report_fd >= 0) {
    fcntl(report_fd, F_SETFD, FD_CLOEXEC);
  }
  return launch(plan, slots, report_fd);
}
