/* Requests to a monitor under test, its answers, and the small containers it is asked for. */
#ifndef PEAPOD_MONITOR_CLIENT_H
#define PEAPOD_MONITOR_CLIENT_H

#include "monitor_fixture.h"
#include "plan_wire.h"

/* A message from the monitor, with at most one descriptor. */
struct reply {
  union {
    uint32_t type;
    struct message_started started;
    struct message_failed failed;
    struct message_exited exited;
    struct message_status status;
    struct message_dropped dropped;
    char bytes[MESSAGE_MAX_BYTES];
  } body;
  ssize_t size; /* 0: hung up; -1: nothing came in time */
  int fd;       /* -1: none */
};

struct child_options {
  uint32_t flags;
  uint32_t deadline_ms;
  uint64_t log_max_bytes;
  uint32_t log_max_files;
  int pid_namespace; /* of an exec: joined, unless 0 */
};

static inline int fixture_connect(const struct fixture *fixture) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/run/monitor.sock", fixture->path);
  int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0) abort();
  return connection;
}

/* The first session, which is there before the monitor listens; the caller's to close. */
static inline int take_session(struct fixture *fixture) {
  int session = fixture->session;
  fixture->session = -1;
  return session;
}

static inline void send_request(int connection, const void *bytes, size_t size, const int *fds, size_t count) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * 32)];
  } control = {
      .header = {.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
  struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
  if (count > 0) {
    memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
  }
  if (sendmsg(connection, &header, MSG_NOSIGNAL) < 0) note("cannot send: %s", strerror(errno));
}

static inline struct reply receive(int connection, int timeout_ms) {
  struct reply reply = {.size = -1, .fd = -1};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec vector = {.iov_base = &reply.body, .iov_len = sizeof reply.body};
  struct msghdr header = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  if (!is_readable(connection, timeout_ms)) return reply;
  reply.size = recvmsg(connection, &header, MSG_CMSG_CLOEXEC);
  if (reply.size > 0 && CMSG_FIRSTHDR(&header) != NULL)
    memcpy(&reply.fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(int));
  return reply;
}

/* The next message of a type; others are passed over. */
static inline struct reply receive_type(int connection, uint32_t type) {
  struct reply reply;
  do {
    reply = receive(connection, TEST_DEADLINE_MS);
    if (reply.size > 0 && reply.body.type != type && reply.fd >= 0) close(reply.fd);
  } while (reply.size > 0 && reply.body.type != type);
  return reply;
}

static inline bool is_started(struct reply reply) {
  bool started = reply.size == sizeof reply.body.started && reply.body.type == MESSAGE_STARTED && reply.fd >= 0;
  if (!started && reply.size > 0 && reply.body.type == MESSAGE_FAILED) {
    note("failed: phase %u, step %u, %s", reply.body.failed.phase, reply.body.failed.step,
         strerror(reply.body.failed.error));
  }
  return started;
}

static inline bool is_failed(struct reply reply, enum failed_phase phase, int error) {
  const struct message_failed *failed = &reply.body.failed;
  bool same = reply.size == sizeof *failed && failed->type == MESSAGE_FAILED && failed->phase == phase &&
              failed->error == error;
  if (!same) note("size %zd, type %u, phase %u, error %d", reply.size, failed->type, failed->phase, failed->error);
  return same;
}

static inline bool is_exited(struct reply reply, enum exit_kind kind, uint32_t value) {
  const struct message_exited *exited = &reply.body.exited;
  bool same = reply.size == sizeof *exited && exited->type == MESSAGE_EXITED && exited->kind == kind &&
              exited->value == value && exited->at_ns > 0;
  if (!same) note("size %zd, type %u, kind %u, value %u", reply.size, exited->type, exited->kind, exited->value);
  return same;
}

/* Input 0 is the cgroup; the streams follow it. */
static inline struct plan_wire child_plan(uint32_t inputs) {
  struct plan_wire wire = plan_wire(inputs);
  wire.header.cgroup_slot = 0;
  return wire;
}

static inline void add_streams(struct plan_wire *wire, uint32_t first) {
  for (uint32_t i = 0; i < 3; i++)
    wire_step(wire, PLAN_OP_DUPLICATE_FD, first + i, i);
}

static inline void add_exec(struct plan_wire *wire, const char *script) {
  wire_step(wire, PLAN_OP_RESET_SIGNALS, 0);
  wire_step(wire, PLAN_OP_CLOSE_ON_EXEC, 3);
  wire_exec(wire, script);
}

static inline struct message_start start_message(const struct child_options *options) {
  return (struct message_start){.type = MESSAGE_START,
                                .flags = options->flags,
                                .deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : TEST_DEADLINE_MS,
                                .log_max_bytes = options->log_max_bytes,
                                .log_max_files = options->log_max_files,
                                .log_name = "0.log"};
}

/* What the monitor is to do before a start, as PREPARE and its plan: its input is the cgroup, and the last step opens the log. */
struct preparation {
  struct message_prepare message;
  struct plan_wire wire;
};

#define LOG_STEP 2

static inline struct preparation preparation(const struct fixture *fixture) {
  struct preparation own = {.message = {.type = MESSAGE_PREPARE, .run_slot = 1, .log_slot = 2, .listener_slot = 3},
                            .wire = plan_wire(1)};
  char run[128], path[160];
  snprintf(run, sizeof run, "%s/run", fixture->path);
  snprintf(path, sizeof path, "%s/monitor.sock", run);
  uint64_t address = wire_string(&own.wire, path), name = wire_string(&own.wire, "monitor.sock");
  wire_before(&own.wire, PLAN_OP_OPEN_PATH, wire_string(&own.wire, fixture->log_path), O_RDONLY | O_DIRECTORY, 2);
  wire_before(&own.wire, PLAN_OP_LISTEN_UNIX, address, 1, name, 128, 3);
  wire_before(&own.wire, PLAN_OP_OPEN_PATH, wire_string(&own.wire, run), O_RDONLY | O_DIRECTORY, 1);
  return own;
}

/* Sends PREPARE with its plan as a memfd. */
static inline void send_preparation(const struct fixture *fixture, int connection, struct preparation own) {
  const int fds[] = {wire_memfd(&own.wire), fixture->cgroup};
  send_request(connection, &own.message, sizeof own.message, fds, 2);
  close(fds[0]);
}

/* Sends START with a plan as a memfd. */
static inline void send_plan(int connection, struct plan_wire *wire, struct message_start start) {
  int plan = wire_memfd(wire);
  send_request(connection, &start, sizeof start, &plan, 1);
  close(plan);
}

/* Sends PREPARE and START: on the first session, or on one more. */
static inline int send_start(struct fixture *fixture, struct plan_wire *wire, struct child_options options) {
  int connection = fixture->session >= 0 ? take_session(fixture) : fixture_connect(fixture);
  send_preparation(fixture, connection, preparation(fixture));
  send_plan(connection, wire, start_message(&options));
  return connection;
}

/* A container that is `/bin/sh -c script`. */
static inline int start_script(struct fixture *fixture, const char *script, struct child_options options) {
  struct plan_wire wire = child_plan(options.flags & MESSAGE_TERMINAL ? 2 : 4);
  if (options.flags & MESSAGE_TERMINAL) {
    const uint32_t socket_slot = 1, master = 2, peer = 3;
    wire_step(&wire, PLAN_OP_CREATE_SESSION, 0);
    wire_step(&wire, PLAN_OP_OPEN_TERMINAL, wire_string(&wire, "/dev/ptmx"), master, peer);
    wire_step(&wire, PLAN_OP_SEND_FD, socket_slot, master);
    wire_step(&wire, PLAN_OP_SET_CONTROLLING_TERMINAL, peer);
    for (uint32_t i = 0; i < 3; i++)
      wire_step(&wire, PLAN_OP_DUPLICATE_FD, peer, i);
  } else {
    add_streams(&wire, 1);
  }
  add_exec(&wire, script);
  return send_start(fixture, &wire, options);
}

static inline int send_exec(const struct fixture *fixture, struct plan_wire *wire, int output,
                            struct child_options options) {
  int connection = fixture_connect(fixture);
  struct message_exec exec = {.type = MESSAGE_EXEC,
                              .flags = options.flags,
                              .deadline_ms = options.deadline_ms > 0 ? options.deadline_ms : TEST_DEADLINE_MS};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int fds[] = {wire_memfd(wire), fixture->cgroup, null, output < 0 ? null : output, null, options.pid_namespace};
  send_request(connection, &exec, sizeof exec, fds, options.pid_namespace > 0 ? 6 : 5);
  close(fds[0]);
  close(null);
  return connection;
}

/* `/bin/sh -c script` in the container, its stdout on `output` unless that is -1. */
static inline int exec_script(const struct fixture *fixture, const char *script, int output,
                              struct child_options options) {
  struct plan_wire wire = child_plan(options.pid_namespace > 0 ? 5 : 4);
  if (options.pid_namespace > 0) {
    wire_step(&wire, PLAN_OP_JOIN_NAMESPACES, 4, CLONE_NEWPID);
    wire_end_join(&wire);
  }
  add_streams(&wire, 1);
  add_exec(&wire, script);
  return send_exec(fixture, &wire, output, options);
}

#endif
