/*
 * The bare floor: the steps of a pod with one container, done by nothing but a C program that keeps no state, no log
 * and no addresses, has no monitor, and starts everything with CLONE_VM | CLONE_VFORK. The steps themselves are
 * peapod's own encoded plans, walked by the same interpreter, so that the two sides ask the kernel for the same things.
 *
 *   floor <sandbox plan> <container plan> <pause> <cgroup directory> <state directory> <upper> <work>
 *         <mounts>
 *
 * For each line on stdin it makes one pod and removes it, and prints the nanoseconds that three parts of it took:
 * sandbox, container until execve, and the removal of both.
 */
#include "../../native/core/plan.h"

#include <err.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES 65536
#define MAX_RECORDS 8

struct child {
  const struct plan *plan;
  int slots[PLAN_MAX_SLOTS];
  struct plan_record records[MAX_RECORDS];
  struct plan_reporter reporter;
};

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int must(int result, const char *what) {
  if (result < 0) {
    err(1, "%s", what);
  }
  return result;
}

static const struct plan *read_plan(const char *path) {
  struct stat status;
  int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
  must(fstat(fd, &status), path);
  void *wire = malloc((size_t)status.st_size);
  if (wire == NULL || read(fd, wire, (size_t)status.st_size) != status.st_size) {
    err(1, "%s", path);
  }
  close(fd);
  size_t size = plan_decoded_size(wire, (size_t)status.st_size);
  struct plan *plan = NULL;
  if (size == 0 || plan_decode(&plan, malloc(size), size, wire, (size_t)status.st_size) != 0) {
    errx(1, "%s is no plan", path);
  }
  free(wire);
  return plan;
}

static int open_directory(const char *path) {
  return must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
}

static int run_child(void *argument) {
  struct child *child = argument;
  plan_run(child->plan, child->slots, &child->reporter);
  return 1;
}

static int clone_child(struct child *child, int cgroup) {
  static char stack[STACK_BYTES] __attribute__((aligned(16)));
  int pidfd = -1;
  struct clone_args arguments = {
      .flags =
          child->plan->clone_flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP,
      .pidfd = (uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)stack,
      .stack_size = sizeof stack,
      .cgroup = (uint64_t)cgroup,
  };
  long pid;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "mov %[child], %%rdi\n\t"
                   "call *%[entry]\n\t"
                   "mov %%eax, %%edi\n\t"
                   "mov %[exit], %%eax\n\t"
                   "syscall\n"
                   "1:"
                   : "=a"(pid)
                   : "a"((long)SYS_clone3), "D"(&arguments),
                     "S"(sizeof arguments), [entry] "r"(run_child), [child] "r"(child), [exit] "i"(SYS_exit_group)
                   : "rcx", "r11", "memory");
  if (pid < 0) {
    errx(1, "clone3: %ld", -pid);
  }
  return pidfd;
}

static int launch(const struct plan *plan, const int *inputs, uint32_t count) {
  static struct child child;
  child.plan = plan;
  child.reporter = (struct plan_reporter){.fd = -1, .records = child.records, .capacity = MAX_RECORDS};
  if (plan_bind(plan, child.slots, inputs, count) != 0) {
    errx(1, "the plan has other inputs");
  }
  int pidfd = clone_child(&child, inputs[0]);
  const struct plan_record *last = &child.records[child.reporter.count - 1];
  if (child.reporter.count == 0 || last->kind != PLAN_EXECING) {
    errx(1, "step %u failed: errno %d", last->step, last->error);
  }
  return pidfd;
}

static int make_cgroup(int parent, const char *name) {
  must(mkdirat(parent, name, 0755), name);
  return must(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), name);
}

static void kill_and_reap(int cgroup, int pidfd) {
  siginfo_t info;
  int fd = must(openat(cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC), "cgroup.kill");
  must((int)write(fd, "1", 1), "cgroup.kill");
  close(fd);
  must(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | __WALL), "waitid");
  close(pidfd);
  close(cgroup);
}

struct floor {
  const struct plan *sandbox_plan;
  const struct plan *container_plan;
  const char *upper;
  const char *work;
  int parent;
  int pause;
  int state;
  int null;
  int mounts;
};

static int copy_to_memory(const char *path) {
  static char bytes[1 << 20];
  int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
  ssize_t size = read(fd, bytes, sizeof bytes);
  int copy = must(memfd_create("pause", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
  must((int)write(copy, bytes, (size_t)size), "write");
  must(fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "seal");
  close(fd);
  return copy;
}

/* overlayfs leaves a directory of its own in the work directory. */
static void remove_layer(const struct floor *floor) {
  char inner[4096];
  snprintf(inner, sizeof inner, "%s/work", floor->work);
  rmdir(inner);
  must(rmdir(floor->work), floor->work);
  must(rmdir(floor->upper), floor->upper);
}

static void make_and_remove_pod(const struct floor *floor) {
  uint64_t began = now_ns();
  int pod = make_cgroup(floor->parent, "pod");
  int pause_cgroup = make_cgroup(pod, "pause");
  int pause = launch(floor->sandbox_plan, (int[]){pause_cgroup, floor->pause, floor->null, floor->mounts}, 4);
  uint64_t sandbox = now_ns();
  must(mkdir(floor->upper, 0755), floor->upper);
  must(mkdir(floor->work, 0755), floor->work);
  int cgroup = make_cgroup(pod, "container");
  int inputs[] = {cgroup, pause, floor->state, floor->null, floor->null, floor->null};
  int container = launch(floor->container_plan, inputs, 6);
  uint64_t started = now_ns();
  kill_and_reap(cgroup, container);
  must(unlinkat(pod, "container", AT_REMOVEDIR), "rmdir");
  remove_layer(floor);
  kill_and_reap(pause_cgroup, pause);
  must(unlinkat(pod, "pause", AT_REMOVEDIR), "rmdir");
  close(pod);
  must(unlinkat(floor->parent, "pod", AT_REMOVEDIR), "rmdir");
  printf("%llu %llu %llu\n", (unsigned long long)(sandbox - began), (unsigned long long)(started - sandbox),
         (unsigned long long)(now_ns() - started));
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 9) {
    errx(2, "usage: floor <sandbox plan> <container plan> <pause> <cgroup> <state> <upper> <work> <mounts>");
  }
  struct floor floor = {
      .sandbox_plan = read_plan(argv[1]),
      .container_plan = read_plan(argv[2]),
      .pause = copy_to_memory(argv[3]),
      .parent = open_directory(argv[4]),
      .state = must(open(argv[5], O_PATH | O_DIRECTORY | O_CLOEXEC), argv[5]),
      .upper = argv[6],
      .work = argv[7],
      .null = must(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null"),
      .mounts = must(open(argv[8], O_RDONLY | O_CLOEXEC), argv[8]),
  };
  while (getchar() != EOF) {
    make_and_remove_pod(&floor);
  }
  return 0;
}
