#ifndef PEAPOD_MONITOR_MESSAGE_H
#define PEAPOD_MONITOR_MESSAGE_H

#include "../core/protocol.h"
#include "plan_memory.h"

#include <stdbool.h>
#include <stddef.h>

/* A request and its descriptors. Whoever takes one leaves -1; the others are closed with the message. */
struct message {
  union {
    uint32_t type;
    struct message_prepare prepare;
    struct message_start start;
    struct message_exec exec;
    struct message_attach attach;
    struct message_resize resize;
    struct message_kill kill;
    char bytes[MESSAGE_MAX_REQUEST_BYTES]; /* not touched beyond what was received */
  } body;
  size_t size;
  bool truncated; /* bytes or descriptors did not fit: out of descriptors, most likely */
  uint32_t fd_count;
  int fds[MESSAGE_MAX_FDS];
};

/* The plan that came with a request whose struct has `struct_size` bytes, and the plan's inputs. */
struct plan_source message_plan(const struct message *message, size_t struct_size);
const int *message_inputs(const struct message *message, size_t struct_size, uint32_t *count);

/* Returns the size, 0 at the end of the connection, or a negative errno (-EAGAIN: none is there). */
long message_receive(int socket, struct message *message);
void message_close_fds(struct message *message);

/* One message, with a descriptor unless `fd` is -1. Never waits: a client whose queue is full is -EAGAIN. */
long message_send(int socket, const void *bytes, size_t size, int fd);

#endif
