#include "message.h"

#include "monitor_syscalls.h"

#include <sys/socket.h>

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * MESSAGE_MAX_FDS)];
};

static void take_fds(struct message *message, struct msghdr *header) {
  /* The kernel puts all descriptors of a message into one part, and no other part was asked for. */
  struct cmsghdr *part = CMSG_FIRSTHDR(header);
  if (part == NULL || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
    return;
  }
  size_t bytes = part->cmsg_len - CMSG_LEN(0);
  __builtin_memcpy(message->fds, CMSG_DATA(part), bytes);
  message->fd_count = (uint32_t)(bytes / sizeof(int));
}

long message_receive(int socket, struct message *message) {
  union control control;
  struct iovec vector = {.iov_base = &message->body, .iov_len = sizeof message->body};
  struct msghdr header = {
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control.bytes,
      .msg_controllen = sizeof control.bytes,
  };
  message->fd_count = 0;
  long size = sys_recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0) {
    return size;
  }
  take_fds(message, &header);
  message->size = (size_t)size;
  message->truncated = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  return size;
}

struct plan_source message_plan(const struct message *message, size_t struct_size) {
  if (message->size > struct_size) {
    return (struct plan_source){
        .fd = -1, .wire = message->body.bytes + struct_size, .size = message->size - struct_size};
  }
  return (struct plan_source){.fd = message->fd_count > 0 ? message->fds[0] : -1};
}

const int *message_inputs(const struct message *message, size_t struct_size, uint32_t *count) {
  uint32_t skipped = message->size > struct_size || message->fd_count == 0 ? 0 : 1;
  *count = message->fd_count - skipped;
  return message->fds + skipped;
}

void message_close_fds(struct message *message) {
  for (uint32_t i = 0; i < message->fd_count; i++) {
    if (message->fds[i] >= 0) {
      sys_close(message->fds[i]);
    }
  }
  message->fd_count = 0;
}

long message_send(int socket, const void *bytes, size_t size, int fd) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  struct iovec vector = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
  struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
  if (fd >= 0) {
    __builtin_memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
  }
  return sys_sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}
