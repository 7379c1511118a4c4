/*
 * What a monitor and its clients say to each other: little-endian structs over a SOCK_SEQPACKET socket, one message a
 * packet, descriptors beside it by SCM_RIGHTS. src/container/protocol.ts is the other side of this file.
 *
 * One connection is one session, and its first request gives it its part: START, EXEC, ATTACH or WATCH. PREPARE comes
 * before START, on the same session, its last part with MESSAGE_GATED behind it. RESIZE, KILL and SHUTDOWN may come at any time. None of these is answered, but for
 * a PREPARE that fails. FAILED and EXITED are a session's last message: the monitor hangs up after them.
 */
#ifndef PEAPOD_PROTOCOL_H
#define PEAPOD_PROTOCOL_H

#include <stdint.h>

#define MESSAGE_VERSION 1u
#define MESSAGE_MAX_BYTES 4096u
#define MESSAGE_MAX_REQUEST_BYTES 65536u /* with a plan */
#define MESSAGE_MAX_FDS 253u             /* SCM_MAX_FD of the kernel */
#define MESSAGE_LOG_NAME_BYTES 64u
#define MESSAGE_NAME_BYTES 64u

enum message_type {
  MESSAGE_START = 1,
  MESSAGE_EXEC = 2,
  MESSAGE_ATTACH = 3,
  MESSAGE_WATCH = 4,
  MESSAGE_RESIZE = 5,
  MESSAGE_KILL = 6,
  MESSAGE_SHUTDOWN = 7,
  MESSAGE_PREPARE = 8,

  MESSAGE_RECORD = 17,
  MESSAGE_STARTED = 18,
  MESSAGE_FAILED = 19,
  MESSAGE_EXITED = 20,
  MESSAGE_STATUS = 21,
  MESSAGE_DROPPED = 22,
};

enum message_flag {
  MESSAGE_TERMINAL = 1,     /* START, EXEC */
  MESSAGE_STDIN = 2,        /* START: the container has an input; else it reads /dev/null */
  MESSAGE_STDIN_ONCE = 4,   /* START: the input ends with the first client that attached to it */
  MESSAGE_OWN_DEVICES = 16, /* START: /dev and /dev/pts, which the monitor was made with, are among the plan's inputs */
  MESSAGE_WITH_SESSION = 32, /* START: the last descriptor is a connection: what it asks first is done before */
  MESSAGE_GATED = 64,        /* START: the last part of PREPARE comes next; the child waits for it before execve */
  MESSAGE_TRACE = 8,         /* START, EXEC: the launch's records are passed on as they come */
};

enum attach_flag {
  ATTACH_STDIN = 1,
};

/* Where a launch failed. */
enum failed_phase {
  FAILED_STEP = 0,      /* `step` of the request's plan, with its errno */
  FAILED_CLONE = 1,     /* clone3, or what has to be made before it */
  FAILED_DEADLINE = 2,  /* not at execve in time: ETIMEDOUT */
  FAILED_KILLED = 3,    /* the child was killed before execve: ECHILD */
  FAILED_MALFORMED = 4, /* the message, its descriptors or the plan */
  FAILED_REFUSED = 5,   /* EBUSY: too many sessions; EALREADY: one launch only; ESRCH: the container does not run */
  FAILED_FROZEN = 6,    /* the cgroup is frozen: EAGAIN */
  FAILED_PREPARE = 7,   /* `step` of PREPARE's plan */
  FAILED_GATED = 8,     /* `step` of the plan of the PREPARE behind START */
};

enum exit_kind {
  EXIT_UNKNOWN = 0,
  EXIT_EXITED = 1,   /* value: exit status */
  EXIT_SIGNALED = 2, /* value: signal */
};

enum container_state {
  CONTAINER_CREATED = 0,
  CONTAINER_RUNNING = 1,
  CONTAINER_EXITED = 2,
};

/*
 * What has to be on the host before the container is, made while the rest of START is still being thought out. Followed
 * by a plan; or, for one that is too long for that, with a memfd of it as the first descriptor. It has nothing but
 * `before` steps, which are the monitor's to walk. Descriptors: the plan's inputs.
 *
 * What is in the slots named here, opened by the steps or given as inputs, is the monitor's own from then on. It may come
 * in several parts: a slot is PLAN_NO_SLOT where another part has it. START wants all of them; with MESSAGE_GATED the
 * cgroup, and one part behind it has the rest.
 */
struct message_prepare {
  uint32_t type;
  uint32_t run_slot;      /* the directory of the run's records */
  uint32_t log_slot;      /* the directory of its log */
  uint32_t listener_slot; /* the socket for later sessions */
  uint32_t cgroup_slot;   /* the container's */
  uint32_t reserved;      /* a plan begins on 8 bytes */
};

/*
 * Followed by the plan, or with its memfd, as PREPARE.
 *
 * The plan's inputs are, in this order: /dev and /dev/pts with MESSAGE_OWN_DEVICES, the cgroup, with MESSAGE_GATED the
 * pipe of its gate, the descriptors of the message, and last stdin, stdout and stderr, or with MESSAGE_TERMINAL the socket
 * on which the child sends the terminal's master.
 */
struct message_start {
  uint32_t type;
  uint32_t flags;
  uint32_t deadline_ms;   /* from now until execve; not 0 */
  uint32_t attempt;       /* which run of the container this is: for who reads a trace */
  uint64_t log_max_bytes; /* 0: never rotated */
  uint32_t log_max_files; /* the live one included; 0: all are kept */
  uint32_t reserved;
  char log_name[MESSAGE_LOG_NAME_BYTES]; /* a file name, NUL-terminated */
  char name[MESSAGE_NAME_BYTES];         /* the container's, for `ps`; NUL-terminated */
};

/* Followed by the plan, or with its memfd, as START. Descriptors: all of the plan's inputs. */
struct message_exec {
  uint32_t type;
  uint32_t flags;
  uint32_t deadline_ms;
  uint32_t reserved;
};

/*
 * Descriptors: with ATTACH_STDIN one to read input from, then one to write stdout and one to write stderr to. They
 * must be pipes or sockets of the client's own, for they are made non-blocking.
 */
struct message_attach {
  uint32_t type;
  uint32_t flags;
};

struct message_watch {
  uint32_t type;
};

struct message_resize {
  uint32_t type;
  uint16_t rows;
  uint16_t columns;
};

/* To the process of an EXEC session; in any other session to the container's first process. */
struct message_kill {
  uint32_t type;
  uint32_t signal;
};

/* Ends a monitor whose container never started, or has ended. */
struct message_shutdown {
  uint32_t type;
};

/* Followed by one or more struct plan_record. */
struct message_record {
  uint32_t type;
  uint32_t reserved;
};

/* execve happened. Descriptor: the process's pidfd. */
struct message_started {
  uint32_t type;
  int32_t pid;
};

struct message_failed {
  uint32_t type;
  int32_t error;
  uint32_t step;
  uint32_t phase;
};

struct message_exited {
  uint32_t type;
  uint32_t kind;
  uint32_t value;
  uint32_t reserved;
  uint64_t at_ns; /* CLOCK_REALTIME */
};

/* The answer to WATCH; EXITED follows when it is time. Descriptor: while it runs, the container's pidfd. */
struct message_status {
  uint32_t type;
  uint32_t state;
  int32_t pid; /* 0 unless it runs */
  uint32_t kind;
  uint32_t value;
  uint32_t version;
  uint64_t started_ns; /* CLOCK_REALTIME; 0 while unknown */
  uint64_t exited_ns;
};

/* This client read too slowly: `bytes` of the stream (1 stdout, 2 stderr) since the last such message went past it. */
struct message_dropped {
  uint32_t type;
  uint32_t stream;
  uint64_t bytes;
};

_Static_assert(sizeof(struct message_prepare) == 24, "PREPARE is 24 bytes");
_Static_assert(sizeof(struct message_start) == 160, "START is 160 bytes");
_Static_assert(sizeof(struct message_exec) == 16, "EXEC is 16 bytes");
_Static_assert(sizeof(struct message_attach) == 8, "ATTACH is 8 bytes");
_Static_assert(sizeof(struct message_watch) == 4, "WATCH is 4 bytes");
_Static_assert(sizeof(struct message_resize) == 8, "RESIZE is 8 bytes");
_Static_assert(sizeof(struct message_kill) == 8, "KILL is 8 bytes");
_Static_assert(sizeof(struct message_shutdown) == 4, "SHUTDOWN is 4 bytes");
_Static_assert(sizeof(struct message_record) == 8, "RECORD begins with 8 bytes");
_Static_assert(sizeof(struct message_started) == 8, "STARTED is 8 bytes");
_Static_assert(sizeof(struct message_failed) == 16, "FAILED is 16 bytes");
_Static_assert(sizeof(struct message_exited) == 24, "EXITED is 24 bytes");
_Static_assert(sizeof(struct message_status) == 40, "STATUS is 40 bytes");
_Static_assert(sizeof(struct message_dropped) == 16, "DROPPED is 16 bytes");

#endif
