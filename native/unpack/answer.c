#include "answer.h"

#include "unpack_syscalls.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

static long send_answer(const struct unpack *unpack, const struct answer *answer, const char *path, size_t path_size) {
  struct iovec parts[] = {
      {.iov_base = (void *)(uintptr_t)answer, .iov_len = sizeof *answer},
      {.iov_base = (void *)(uintptr_t)path, .iov_len = path_size},
  };
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  return sys_sendmsg(unpack->answers, &message, MSG_NOSIGNAL);
}

void answer_done(const struct unpack *unpack) {
  struct answer answer = {.type = ANSWER_DONE};
  send_answer(unpack, &answer, NULL, 0);
}

/* Resolving it has cut the path at a slash. */
static void mend(char *path, size_t size) {
  for (size_t at = 0; at < size; at++) {
    if (path[at] == '\0') {
      path[at] = '/';
    }
  }
}

void answer_failed(struct unpack *unpack, long error) {
  const struct command *command = &unpack->command;
  struct answer answer = {.type = ANSWER_FAILED, .step = unpack->step, .error = (uint32_t)-error};
  char *path = unpack->head + sizeof *command;
  size_t path_size = 0;
  if (unpack->step != STEP_COMMAND) {
    answer.command_type = command->type;
    path_size = command->path_size - 1;
  }
  mend(path, path_size);
  send_answer(unpack, &answer, path, path_size);
}

static long send_directory(const struct unpack *unpack, int directory, enum command_type kind) {
  struct answer answer = {.type = ANSWER_MARK, .command_type = kind};
  struct iovec part = {.iov_base = &answer, .iov_len = sizeof answer};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  __builtin_memcpy(CMSG_DATA(&control.header), &directory, sizeof directory);
  struct msghdr message = {
      .msg_iov = &part,
      .msg_iovlen = 1,
      .msg_control = control.bytes,
      .msg_controllen = sizeof control.bytes,
  };
  return sys_sendmsg(unpack->answers, &message, MSG_NOSIGNAL);
}

long answer_mark(struct unpack *unpack, int directory, enum command_type kind) {
  unpack->step = STEP_MARK;
  long result = send_directory(unpack, directory, kind);
  if (result < 0) {
    return result;
  }
  uint32_t error = 0;
  do {
    result = sys_read(unpack->answers, &error, sizeof error);
  } while (result == -EINTR);
  if (result != sizeof error) {
    return result < 0 ? result : -EPIPE;
  }
  return -(long)(error & 0xfff);
}
