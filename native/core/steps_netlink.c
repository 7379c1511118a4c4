#include "steps.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

/* Answers to requests that ask for no data: an errno and, for a failure, the request's own head (NETLINK_CAP_ACK). */
#define ANSWERS_BYTES 8192

STEP(open_netlink) {
  const struct plan_open_netlink *a = arguments;
  return store(slots, a->out, sys_socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, (int)a->protocol));
}

/* Counts the answers of one datagram and keeps the first error among them. False for bytes that are no answers. */
static bool take_answers(const char *bytes, size_t size, uint64_t *left, long *error) {
  while (size >= sizeof(struct nlmsghdr)) {
    struct nlmsghdr header;
    int32_t code;
    __builtin_memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < sizeof header + sizeof code || header.nlmsg_len > size || header.nlmsg_type != NLMSG_ERROR) {
      return false;
    }
    __builtin_memcpy(&code, bytes + sizeof header, sizeof code);
    if (code != 0 && *error == 0) {
      *error = code;
    }
    *left -= *left > 0;
    size_t step = NLMSG_ALIGN(header.nlmsg_len);
    bytes += step < size ? step : size;
    size -= step < size ? step : size;
  }
  return true;
}

/* rtnetlink works through all requests, and queues all answers, before sendto returns; nothing here waits for long. */
STEP(netlink) {
  const struct plan_netlink *a = arguments;
  char answers[ANSWERS_BYTES];
  int fd = slots[a->socket];
  long result = sys_sendto(fd, a->requests->word, a->requests->count * sizeof(uint32_t), 0, NULL, 0);
  uint64_t left = a->answers;
  long error = 0;
  while (result >= 0 && left > 0) {
    result = sys_recvfrom(fd, answers, sizeof answers, 0, NULL, NULL);
    if (result >= 0 && !take_answers(answers, (size_t)result, &left, &error)) {
      return -EBADMSG;
    }
  }
  return result < 0 ? result : error;
}
