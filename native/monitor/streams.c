#include "streams.h"

#include "container.h"
#include "input.h"
#include "message.h"
#include "monitor_syscalls.h"
#include "output.h"
#include "watch.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void give_to_child(struct child_streams *child, int fd) {
  child->fds[child->count++] = fd;
}

static int make_pipe(int ends[2], int our_end) {
  int result = (int)sys_pipe2(ends, O_CLOEXEC);
  if (result == 0) {
    sys_fcntl(ends[our_end], F_SETFL, O_NONBLOCK);
  }
  return result;
}

static int open_input(struct monitor *monitor, bool wanted, struct child_streams *child) {
  if (!wanted) {
    /* Our own: /dev/null. */
    int null = (int)sys_fcntl(0, F_DUPFD_CLOEXEC, 3);
    if (null < 0) {
      return null;
    }
    give_to_child(child, null);
    input_close(monitor);
    return 0;
  }
  int ends[2];
  int result = make_pipe(ends, 1);
  if (result == 0) {
    give_to_child(child, ends[0]);
    input_open(monitor, ends[1]);
  }
  return result;
}

/* Most containers write to pipes, and nobody waits for these. Where one cannot be made, START tries again, and tells. */
void streams_make_ahead(struct monitor *monitor) {
  for (int stream = 0; stream < STREAM_COUNT; stream++) {
    int *ends = monitor->ahead[stream];
    if (make_pipe(ends, 0) < 0) {
      ends[0] = ends[1] = -1;
    }
  }
  streams_open_gate(monitor);
}

void streams_close_ahead(struct monitor *monitor) {
  for (int stream = 0; stream < STREAM_COUNT; stream++) {
    close_fd(&monitor->ahead[stream][0]);
    close_fd(&monitor->ahead[stream][1]);
  }
}

int streams_open_gate(struct monitor *monitor) {
  int *ends = monitor->gate;
  int result = ends[0] >= 0 ? 0 : (int)sys_pipe2(ends, O_CLOEXEC);
  if (result < 0) {
    ends[0] = ends[1] = -1;
  }
  return result;
}

static int open_output(struct monitor *monitor, enum stream stream, struct child_streams *child) {
  int *ends = monitor->ahead[stream];
  int result = ends[0] >= 0 ? 0 : make_pipe(ends, 0);
  if (result == 0) {
    give_to_child(child, ends[1]);
    result = output_open(monitor, stream, ends[0]);
    ends[0] = ends[1] = -1;
  }
  return result;
}

static int open_terminal_socket(struct monitor *monitor, bool has_input, struct child_streams *child) {
  int ends[2];
  int result = (int)sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  if (result < 0) {
    return result;
  }
  give_to_child(child, ends[1]);
  monitor->container.terminal_socket = ends[0];
  if (!has_input) {
    input_close(monitor);
  }
  struct event event = {WATCHED_TERMINAL_SOCKET, 0};
  return watch(monitor, ends[0], EPOLLIN, event);
}

int streams_open(struct monitor *monitor, uint32_t flags, struct child_streams *child) {
  bool has_input = (flags & MESSAGE_STDIN) != 0;
  child->count = 0;
  if (flags & MESSAGE_TERMINAL) {
    return open_terminal_socket(monitor, has_input, child);
  }
  monitor->input.once = (flags & MESSAGE_STDIN_ONCE) != 0;
  int result = open_input(monitor, has_input, child);
  for (int stream = 0; result == 0 && stream < STREAM_COUNT; stream++) {
    result = open_output(monitor, (enum stream)stream, child);
  }
  return result;
}

void streams_close_child_ends(struct child_streams *child) {
  for (uint32_t i = 0; i < child->count; i++) {
    close_fd(&child->fds[i]);
  }
}

/* A container may have got hold of the child that sends it: only a terminal's master will do. */
static bool is_terminal_master(int fd) {
  unsigned number;
  return sys_ioctl(fd, TIOCGPTN, (long)&number) == 0;
}

static void use_terminal(struct monitor *monitor, int fd) {
  sys_fcntl(fd, F_SETFL, sys_fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  monitor->container.terminal = fd;
  container_apply_size(monitor);
  if (monitor->input.state == INPUT_AWAITED) {
    /* A descriptor of its own: output and input are then watched apart. */
    int input = (int)sys_fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (input >= 0) {
      input_open(monitor, input);
    }
  }
  output_open(monitor, STREAM_STDOUT, fd);
}

void streams_receive_terminal(struct monitor *monitor) {
  struct message message;
  long size = message_receive(monitor->container.terminal_socket, &message);
  if (size > 0 && message.fd_count == 1 && is_terminal_master(message.fds[0])) {
    int master = message.fds[0];
    message.fds[0] = -1;
    use_terminal(monitor, master);
  }
  if (size >= 0) {
    message_close_fds(&message);
    unwatch_and_close(monitor, &monitor->container.terminal_socket);
  }
}
