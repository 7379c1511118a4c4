/*
 * Runs programs and says how long each took, from just before its start until it was reaped: a process of a few pages,
 * so that a peer pays for its own exec and nothing for the size of the one that starts it, as it would under Node.
 *
 * A request on stdin is a 32-bit size (of this machine's byte order) and that many bytes of NUL-terminated arguments.
 * The answer is a line "<status> <nanoseconds> <bytes>" and that many bytes of what the program printed. Status is its
 * exit status, 128 + n for signal n, 127 for a program that could not be started.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGUMENTS 128
#define MAX_REQUEST 16384
#define MAX_OUTPUT 65536

extern char **environ;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int read_request(char *bytes, uint32_t *size) {
  if (fread(size, sizeof *size, 1, stdin) != 1 || *size == 0 || *size > MAX_REQUEST) {
    return -1;
  }
  return fread(bytes, *size, 1, stdin) == 1 && bytes[*size - 1] == '\0' ? 0 : -1;
}

static void split(char *bytes, uint32_t size, char **argv) {
  size_t count = 0;
  for (uint32_t at = 0; at < size && count < MAX_ARGUMENTS; at++) {
    if (at == 0 || bytes[at - 1] == '\0') {
      argv[count++] = bytes + at;
    }
  }
  argv[count] = NULL;
}

static int wait_status(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* posix_spawn is vfork and exec. Output goes to memory: a pipe would have to be read while the program runs. */
static int run(char **argv, int output, uint64_t *elapsed) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  pid_t pid;
  uint64_t started = now_ns();
  int error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
  int status = error == 0 ? wait_status(pid) : 127;
  *elapsed = now_ns() - started;
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

static void answer(int status, uint64_t elapsed, int output) {
  static char bytes[MAX_OUTPUT];
  ssize_t size = pread(output, bytes, sizeof bytes, 0);
  printf("%d %llu %zd\n", status, (unsigned long long)elapsed, size > 0 ? size : 0);
  fwrite(bytes, 1, size > 0 ? (size_t)size : 0, stdout);
  fflush(stdout);
}

int main(void) {
  static char bytes[MAX_REQUEST];
  char *argv[MAX_ARGUMENTS + 1];
  uint32_t size;
  while (read_request(bytes, &size) == 0) {
    /* A new one each time: a container may still hold, and write to, that of its start. */
    int output = memfd_create("output", MFD_CLOEXEC);
    uint64_t elapsed;
    split(bytes, size, argv);
    int status = run(argv, output, &elapsed);
    answer(status, elapsed, output);
    close(output);
  }
  return 0;
}
