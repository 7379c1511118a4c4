#include "attach.h"

#include "input.h"
#include "monitor_syscalls.h"
#include "session.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>

void attach_clear(struct attachment *attachment) {
  *attachment = (struct attachment){.input = -1, .output = {-1, -1}};
}

static int take_fd(struct message *message, uint32_t index) {
  int fd = message->fds[index];
  message->fds[index] = -1;
  sys_fcntl(fd, F_SETFL, sys_fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  return fd;
}

static void take_fds(struct attachment *attachment, struct message *message) {
  uint32_t next = 0;
  if (message->body.attach.flags & ATTACH_STDIN) {
    attachment->input = take_fd(message, next++);
  }
  attachment->output[STREAM_STDOUT] = take_fd(message, next++);
  attachment->output[STREAM_STDERR] = take_fd(message, next);
}

void attach_start(struct monitor *monitor, struct session *session, struct message *message) {
  uint32_t wanted = message->body.attach.flags & ATTACH_STDIN ? 3 : 2;
  if (message->fd_count != wanted) {
    session_send_failed(monitor, session, &(struct failure){.phase = FAILED_MALFORMED, .error = EBADF});
    return;
  }
  if (monitor->container.state == CONTAINER_EXITED) {
    session_send_failed(monitor, session, &(struct failure){.phase = FAILED_REFUSED, .error = ESRCH});
    return;
  }
  session->role = SESSION_ATTACH;
  take_fds(&session->attachment, message);
  input_add_client(monitor, session);
}

static void tell_dropped(struct monitor *monitor, struct session *session, enum stream stream) {
  uint64_t *bytes = &session->attachment.dropped[stream];
  if (*bytes > 0) {
    struct message_dropped dropped = {.type = MESSAGE_DROPPED, .stream = (uint32_t)stream + 1, .bytes = *bytes};
    *bytes = 0;
    session_send(monitor, session, &dropped, sizeof dropped);
  }
}

/* The first loss is told at once, the rest of it when the client reads again: a message a loss would fill its queue. */
static void drop(struct monitor *monitor, struct session *session, enum stream stream, uint64_t bytes) {
  struct attachment *attachment = &session->attachment;
  attachment->dropped[stream] += bytes;
  if (!attachment->lagging[stream]) {
    attachment->lagging[stream] = true;
    tell_dropped(monitor, session, stream);
  }
}

static void copy_to(struct monitor *monitor, struct session *session, enum stream stream, const char *bytes,
                    size_t size) {
  struct attachment *attachment = &session->attachment;
  long written = sys_write(attachment->output[stream], bytes, size);
  if (written < 0 && written != -EAGAIN) {
    close_fd(&attachment->output[stream]);
    return;
  }
  if (written > 0 && attachment->lagging[stream]) {
    attachment->lagging[stream] = false;
    tell_dropped(monitor, session, stream);
  }
  size_t taken = written > 0 ? (size_t)written : 0;
  if (taken < size) {
    drop(monitor, session, stream, size - taken);
  }
}

void attach_copy(struct monitor *monitor, enum stream stream, const char *bytes, size_t size) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    struct session *session = &monitor->sessions[i];
    if (session->role == SESSION_ATTACH && session->attachment.output[stream] >= 0) {
      copy_to(monitor, session, stream, bytes, size);
    }
  }
}

void attach_end_stream(struct monitor *monitor, enum stream stream) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    struct session *session = &monitor->sessions[i];
    if (session->role == SESSION_ATTACH) {
      tell_dropped(monitor, session, stream);
      close_fd(&session->attachment.output[stream]);
    }
  }
}

void attach_end(struct monitor *monitor, struct session *session) {
  if (session->role != SESSION_ATTACH) {
    return;
  }
  input_remove_client(monitor, session);
  close_fd(&session->attachment.output[STREAM_STDOUT]);
  close_fd(&session->attachment.output[STREAM_STDERR]);
}
