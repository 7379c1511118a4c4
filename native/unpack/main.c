/* peapod-unpack: see unpack.h. Its descriptors are its arguments; its argv is for `ps` only. */
#include "unpack.h"
#include "unpack_syscalls.h"

#include <fcntl.h>
#include <sys/prctl.h>

#define COMMANDS_FD 0
#define ANSWERS_FD 1

/* What a pipe may hold at most for who is not privileged. */
#define PIPE_BYTES (1 << 20)

static int open_root(void) {
  return (int)sys_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

int main(void) {
  static struct unpack unpack; /* zero, and so without pages of its own until it is written to */
  sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys_prctl(PR_SET_NAME, (unsigned long)"peapod:unpack", 0, 0, 0);
  sys_umask(0);
  sys_fcntl(COMMANDS_FD, F_SETPIPE_SZ, PIPE_BYTES); /* as large as it can be had */
  int root = open_root();
  return root < 0 || unpack_run(&unpack, root, COMMANDS_FD, ANSWERS_FD) < 0;
}
