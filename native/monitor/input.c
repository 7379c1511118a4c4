#include "input.h"

#include "monitor_syscalls.h"
#include "watch.h"

#include <errno.h>
#include <sys/epoll.h>

static bool is_holding(const struct input *input) {
  return input->end > input->start;
}

static bool gives_input(const struct session *session) {
  return session->role == SESSION_ATTACH && session->attachment.input >= 0;
}

static void watch_client(struct monitor *monitor, struct session *session) {
  struct event event = {WATCHED_CLIENT_INPUT, (uint32_t)(session - monitor->sessions)};
  if (watch(monitor, session->attachment.input, EPOLLIN, event) < 0) {
    close_fd(&session->attachment.input);
  }
}

typedef void client_action(struct monitor *monitor, struct session *session);

static void for_each_client(struct monitor *monitor, client_action *action) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    if (gives_input(&monitor->sessions[i])) {
      action(monitor, &monitor->sessions[i]);
    }
  }
}

static void unwatch_client(struct monitor *monitor, struct session *session) {
  unwatch(monitor, session->attachment.input);
}

static void close_client(struct monitor *monitor, struct session *session) {
  unwatch_and_close(monitor, &session->attachment.input);
}

void input_open(struct monitor *monitor, int fd) {
  monitor->input.fd = fd;
  monitor->input.state = INPUT_OPEN;
  for_each_client(monitor, watch_client);
}

void input_close(struct monitor *monitor) {
  struct input *input = &monitor->input;
  if (input->state == INPUT_OPEN) {
    unwatch_and_close(monitor, &input->fd);
  }
  input->state = INPUT_NONE;
  input->start = 0;
  input->end = 0;
  for_each_client(monitor, close_client);
}

/* From here on the container is watched, not the clients: who types faster than it reads waits. */
static void hold(struct monitor *monitor) {
  struct event event = {WATCHED_INPUT, 0};
  for_each_client(monitor, unwatch_client);
  if (watch(monitor, monitor->input.fd, EPOLLOUT, event) < 0) {
    input_close(monitor);
  }
}

static void let_go(struct monitor *monitor) {
  unwatch(monitor, monitor->input.fd);
  for_each_client(monitor, watch_client);
}

/* True when nothing is left to write: all was taken, or nobody will take it. */
static bool flush(struct monitor *monitor) {
  struct input *input = &monitor->input;
  long written = sys_write(input->fd, input->buffer + input->start, input->end - input->start);
  if (written == -EAGAIN) {
    return false;
  }
  if (written < 0) {
    input_close(monitor);
    return true;
  }
  input->start += (uint32_t)written;
  return !is_holding(input);
}

void input_ready(struct monitor *monitor) {
  struct input *input = &monitor->input;
  if (input->state != INPUT_OPEN || !flush(monitor) || input->state != INPUT_OPEN) {
    return;
  }
  if (input->closing) {
    input_close(monitor);
    return;
  }
  let_go(monitor);
}

void input_add_client(struct monitor *monitor, struct session *session) {
  struct input *input = &monitor->input;
  if (!gives_input(session)) {
    return;
  }
  if (input->state == INPUT_NONE) {
    close_fd(&session->attachment.input);
  } else if (input->state == INPUT_OPEN && !is_holding(input)) {
    watch_client(monitor, session);
  }
}

void input_remove_client(struct monitor *monitor, struct session *session) {
  struct input *input = &monitor->input;
  if (!gives_input(session)) {
    return;
  }
  close_client(monitor, session);
  if (!input->once || input->state != INPUT_OPEN) {
    return;
  }
  if (is_holding(input)) {
    input->closing = true;
  } else {
    input_close(monitor);
  }
}

void input_client_ready(struct monitor *monitor, struct session *session) {
  struct input *input = &monitor->input;
  if (!gives_input(session) || input->state != INPUT_OPEN) {
    return;
  }
  long size = sys_read(session->attachment.input, input->buffer, sizeof input->buffer);
  if (size == -EAGAIN) {
    return;
  }
  if (size <= 0) {
    input_remove_client(monitor, session);
    return;
  }
  input->start = 0;
  input->end = (uint32_t)size;
  if (!flush(monitor)) {
    hold(monitor);
  }
}
