#include "request.h"

#include "attach.h"
#include "container.h"
#include "exec.h"
#include "launch.h"
#include "session.h"

#include <errno.h>

/* The size of a request, 0 for what is none. */
static size_t size_of(uint32_t type) {
  switch (type) {
  case MESSAGE_PREPARE:
    return sizeof(struct message_prepare);
  case MESSAGE_START:
    return sizeof(struct message_start);
  case MESSAGE_EXEC:
    return sizeof(struct message_exec);
  case MESSAGE_ATTACH:
    return sizeof(struct message_attach);
  case MESSAGE_WATCH:
    return sizeof(struct message_watch);
  case MESSAGE_RESIZE:
    return sizeof(struct message_resize);
  case MESSAGE_KILL:
    return sizeof(struct message_kill);
  case MESSAGE_SHUTDOWN:
    return sizeof(struct message_shutdown);
  default:
    return 0;
  }
}

/* A plan may follow. */
static bool takes_plan(uint32_t type) {
  return type == MESSAGE_PREPARE || type == MESSAGE_START || type == MESSAGE_EXEC;
}

static bool is_well_formed(const struct message *message) {
  size_t size = message->size < sizeof message->body.type ? 0 : size_of(message->body.type);
  return size > 0 && (message->size == size || (takes_plan(message->body.type) && message->size > size));
}

/* Most requests give a session its part; PREPARE may come behind START. */
static bool comes_too_late(const struct session *session, uint32_t type) {
  if (type == MESSAGE_PREPARE) {
    return session->role != SESSION_NEW && session->role != SESSION_START;
  }
  return type <= MESSAGE_WATCH && session->role != SESSION_NEW;
}

static int flaw(const struct session *session, const struct message *message) {
  if (message->truncated) {
    return EMFILE;
  }
  if (!is_well_formed(message) || comes_too_late(session, message->body.type)) {
    return EPROTO;
  }
  return 0;
}

static void kill_process(struct monitor *monitor, struct session *session, uint32_t signal) {
  bool is_exec = session->role == SESSION_EXEC;
  launch_kill(is_exec ? &session->launch : &monitor->container.launch, (int)signal);
}

void request_handle(struct monitor *monitor, struct session *session, struct message *message) {
  int error = flaw(session, message);
  if (error != 0) {
    session_send_failed(monitor, session, &(struct failure){.phase = FAILED_MALFORMED, .error = error});
    return;
  }
  switch (message->body.type) {
  case MESSAGE_PREPARE:
    container_prepare(monitor, session, message);
    break;
  case MESSAGE_START:
    container_start(monitor, session, message);
    break;
  case MESSAGE_EXEC:
    exec_start(monitor, session, message);
    break;
  case MESSAGE_ATTACH:
    attach_start(monitor, session, message);
    break;
  case MESSAGE_WATCH:
    container_watch(monitor, session);
    break;
  case MESSAGE_RESIZE:
    container_resize(monitor, &message->body.resize);
    break;
  case MESSAGE_KILL:
    kill_process(monitor, session, message->body.kill.signal);
    break;
  case MESSAGE_SHUTDOWN:
    container_shut_down(monitor);
    break;
  }
}
