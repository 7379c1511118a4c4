/*
 * The monitor of one container: launches it and whatever enters it later, is their parent, carries its output to the
 * log and to clients, records how it ended. This is all its state; the tables are fixed, and a page of them that was
 * never needed is never touched.
 *
 *   created --PREPARE, START--> launching --execve--> running --init ends--> draining --output ends, or 2 s--> ended
 *
 * It begins with nothing but a session, and may wait long for PREPARE: until then it belongs to no container. It ends with
 * its session until START and all of PREPARE came. A launch that fails ends it, without a record. So does `ended`, once every EXEC has had its answer.
 */
#ifndef PEAPOD_MONITOR_H
#define PEAPOD_MONITOR_H

#include "clock.h"
#include "log.h"

#include "../core/plan.h"
#include "../core/protocol.h"

#define MAX_SESSIONS 256u
#define CONTAINER_LAUNCH MAX_SESSIONS /* index of the container's own launch, after those of the sessions */
#define NO_SESSION UINT32_MAX
#define DRAIN_NS (2 * NS_PER_SECOND)

/* What the monitor is exec'd with, after 0, 1 and 2 on /dev/null. */
enum inherited_fd {
  INHERITED_SESSION = 3, /* a first connection, on which PREPARE and START come */
  INHERITED_DEVICES = 4, /* /dev of a container to come, and its /dev/pts: mounts that are attached nowhere */
  INHERITED_TERMINALS = 5,
};

#define DEVICE_MOUNTS 2u

struct exit_status {
  enum exit_kind kind;
  uint32_t value;
  uint64_t at_ns; /* CLOCK_REALTIME */
};

struct failure {
  enum failed_phase phase;
  int error; /* positive errno */
  uint32_t step;
};

/* One clone3 and what came of it. `helper` is the intermediate of a plan with join steps, else not used. */
struct launch {
  uint32_t index;    /* of itself: a session's, or CONTAINER_LAUNCH */
  uint32_t session;  /* who is told; NO_SESSION when it hung up */
  int report;        /* -1 after end of file */
  int process;       /* pidfd of what execs; -1 before it is known, and after an exec was reaped */
  int helper;        /* pidfd; -1 after it was reaped */
  int pid;           /* of `process` */
  uint64_t deadline; /* monotonic; 0 when settled */
  bool joined;       /* the plan has join steps: the process is a second child, named by a record */
  bool traced;
  bool doomed;            /* nobody wants it any more: to be killed as soon as it is known */
  bool executing;         /* the EXECING record came */
  bool started;           /* told STARTED */
  bool settled;           /* told STARTED or FAILED */
  bool reapable;          /* ended, and not reaped yet */
  struct failure failure; /* .error is 0 while none was reported */
  struct exit_status exit;
};

/* A client that watches the output; its descriptors are pipes or sockets. */
struct attachment {
  int input; /* -1 when it gives none, or ended */
  int output[STREAM_COUNT];
  uint64_t dropped[STREAM_COUNT]; /* bytes not yet told of */
  bool lagging[STREAM_COUNT];
};

enum session_role {
  SESSION_FREE = 0,
  SESSION_NEW,
  SESSION_START,
  SESSION_EXEC,
  SESSION_ATTACH,
  SESSION_WATCH,
};

struct session {
  enum session_role role;
  int connection;       /* -1: hung up, and kept until its process is reaped */
  struct launch launch; /* of an EXEC */
  struct attachment attachment;
};

/* Output of the container on its way to the log. */
struct output {
  int fd;        /* -1: none, or ended */
  bool parked;   /* a terminal nobody has open: no more events until somebody opens it again */
  uint32_t held; /* bytes of a line whose end has not come */
  char buffer[2 * LOG_LINE_BYTES];
};

enum input_state {
  INPUT_NONE = 0, /* the container has no input, or it ended */
  INPUT_AWAITED,  /* it may still come */
  INPUT_OPEN,
};

/* Input of the container: what it did not take yet is held here, and no client is read meanwhile. */
struct input {
  enum input_state state;
  int fd;
  bool once;    /* ends with the first client that gave input */
  bool closing; /* ends when what is held was taken */
  uint32_t start;
  uint32_t end;
  char buffer[4096];
};

/* started.json before it is written. */
struct started_record {
  int fd; /* -1: not prepared */
  uint64_t start_time;
};

struct container {
  enum container_state state;
  bool asked_for; /* START came */
  bool gated;     /* and the last part of PREPARE did not, for which its child waits */
  bool draining;
  bool recorded; /* exit.json is written */
  uint64_t started_ns;
  uint64_t drain_deadline;  /* monotonic */
  uint64_t linger_deadline; /* monotonic */
  int terminal_socket;      /* until the terminal's master came over it */
  int terminal;             /* the master, for its size; -1 without one */
  uint16_t rows;
  uint16_t columns;
  struct started_record started_record;
  struct launch launch;
  struct message_start start; /* as it was asked for */
};

struct monitor {
  int listener; /* this and the next two are PREPARE's to make: -1 before it */
  int run_directory;
  int cgroup;
  int gate[2]; /* a pipe, made ahead: the child to come waits for a byte of it; -1 */
  int epoll;
  bool listening;
  bool finished;
  uint32_t session_limit; /* sessions beyond it were never used */
  uint64_t retry_at;      /* monotonic; 0 while nothing needs another try */
  struct container container;
  int ahead[STREAM_COUNT][2]; /* pipes of a container to come; -1 */
  struct log log;
  struct session sessions[MAX_SESSIONS];
  struct input input;
  struct output outputs[STREAM_COUNT];
};

/* The whole program: returns when the container ended and all were told. */
int monitor_run(struct monitor *monitor);

#endif
