/*
 * What the event loop waits for. An event names its subject by kind and index, never by pointer; one is taken at a
 * time, so that none can speak of something an earlier one closed.
 */
#ifndef PEAPOD_MONITOR_WATCH_H
#define PEAPOD_MONITOR_WATCH_H

#include "monitor.h"

enum watched {
  WATCHED_LISTENER,
  WATCHED_SESSION, /* index of the session */
  WATCHED_REPORT,  /* index of the launch, as the next two */
  WATCHED_PROCESS,
  WATCHED_HELPER,
  WATCHED_OUTPUT,       /* index of the stream */
  WATCHED_INPUT,        /* the container takes input again */
  WATCHED_CLIENT_INPUT, /* index of the session */
  WATCHED_TERMINAL_SOCKET,
};

struct event {
  enum watched what;
  uint32_t index;
};

/* `events` are EPOLL bits. Returns 0 or a negative errno. */
int watch(struct monitor *monitor, int fd, uint32_t events, struct event event);
int watch_again(struct monitor *monitor, int fd, uint32_t events, struct event event);
/*
 * Closing alone would not do: a client, or a child on its way to execve, may hold the same open file, and then its
 * events go on.
 */
void unwatch(struct monitor *monitor, int fd);

/* Both leave -1 behind, and do nothing to -1. */
void unwatch_and_close(struct monitor *monitor, int *fd);
void close_fd(int *fd);

/* Waits up to `timeout_ms`, -1 for ever. False: nothing happened. */
bool watch_wait(struct monitor *monitor, int timeout_ms, struct event *event);

#endif
