#include "session.h"

#include "attach.h"
#include "container.h"
#include "launch.h"
#include "message.h"
#include "monitor_syscalls.h"
#include "request.h"
#include "watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static struct session *find_place(struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    if (monitor->sessions[i].role == SESSION_FREE) {
      return &monitor->sessions[i];
    }
  }
  return monitor->session_limit < MAX_SESSIONS ? &monitor->sessions[monitor->session_limit++] : NULL;
}

static void refuse(int connection) {
  struct message_failed failed = {.type = MESSAGE_FAILED, .error = EBUSY, .phase = FAILED_REFUSED};
  message_send(connection, &failed, sizeof failed, -1);
  sys_close(connection);
}

static void session_begin(struct monitor *monitor, struct session *session, int connection) {
  uint32_t index = (uint32_t)(session - monitor->sessions);
  session->role = SESSION_NEW;
  session->connection = connection;
  launch_clear(&session->launch, index);
  attach_clear(&session->attachment);
  struct event event = {WATCHED_SESSION, index};
  if (watch(monitor, connection, EPOLLIN, event) < 0) {
    session_hang_up(monitor, session);
  }
}

struct session *session_inherit(struct monitor *monitor, int connection) {
  struct session *session = find_place(monitor);
  session_begin(monitor, session, connection);
  return session;
}

void session_listen(struct monitor *monitor) {
  struct event event = {WATCHED_LISTENER, 0};
  if (monitor->listener >= 0 && !monitor->listening) {
    monitor->listening = watch(monitor, monitor->listener, EPOLLIN, event) == 0;
  }
}

void session_accept(struct monitor *monitor) {
  int connection = (int)sys_accept4(monitor->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection == -EMFILE || connection == -ENFILE || connection == -ENOMEM || connection == -ENOBUFS) {
    /* It stays in the queue, and would wake us without end; the timers listen again. */
    unwatch(monitor, monitor->listener);
    monitor->listening = false;
  }
  if (connection < 0) {
    return;
  }
  struct session *session = find_place(monitor);
  if (session == NULL) {
    refuse(connection);
    return;
  }
  session_begin(monitor, session, connection);
}

void session_ready(struct monitor *monitor, struct session *session) {
  struct message message;
  long size = message_receive(session->connection, &message);
  if (size == -EAGAIN) {
    return;
  }
  if (size <= 0) {
    session_hang_up(monitor, session);
    return;
  }
  request_handle(monitor, session, &message);
  message_close_fds(&message);
}

void session_send_fd(struct monitor *monitor, struct session *session, const void *bytes, size_t size, int fd) {
  if (session->connection >= 0 && message_send(session->connection, bytes, size, fd) < 0) {
    session_hang_up(monitor, session);
  }
}

void session_send(struct monitor *monitor, struct session *session, const void *bytes, size_t size) {
  session_send_fd(monitor, session, bytes, size, -1);
}

void session_send_failed(struct monitor *monitor, struct session *session, const struct failure *failure) {
  struct message_failed failed = {
      .type = MESSAGE_FAILED, .error = failure->error, .step = failure->step, .phase = failure->phase};
  session_send(monitor, session, &failed, sizeof failed);
  session_hang_up(monitor, session);
}

void session_send_exited(struct monitor *monitor, struct session *session, const struct exit_status *exit) {
  struct message_exited exited = {
      .type = MESSAGE_EXITED, .kind = exit->kind, .value = exit->value, .at_ns = exit->at_ns};
  session_send(monitor, session, &exited, sizeof exited);
  session_hang_up(monitor, session);
}

/* A close with unread requests would reset the connection, and the client would see that before our last words. */
static void drain_requests(int connection) {
  char unread[256];
  sys_shutdown(connection, SHUT_RDWR);
  while (sys_read(connection, unread, sizeof unread) > 0) {
  }
}

void session_hang_up(struct monitor *monitor, struct session *session) {
  if (session->connection < 0) {
    return;
  }
  drain_requests(session->connection);
  unwatch_and_close(monitor, &session->connection);
  attach_end(monitor, session);
  launch_abandon(monitor, session);
  session_release(session);
  container_shut_down_unused(monitor);
}

struct session *session_of_launch(struct monitor *monitor, const struct launch *launch) {
  return launch->session == NO_SESSION ? NULL : &monitor->sessions[launch->session];
}

void session_release(struct session *session) {
  if (session->connection < 0 && launch_is_idle(&session->launch)) {
    session->role = SESSION_FREE;
  }
}

bool session_is_owed_exit(const struct session *session) {
  return session->role == SESSION_EXEC && session->connection >= 0;
}
