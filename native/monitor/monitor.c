#include "monitor.h"

#include "container.h"
#include "input.h"
#include "launch.h"
#include "monitor_syscalls.h"
#include "output.h"
#include "session.h"
#include "streams.h"
#include "timers.h"
#include "watch.h"

#include <fcntl.h>
#include <sys/epoll.h>

static void handle(struct monitor *monitor, struct event event) {
  switch (event.what) {
  case WATCHED_LISTENER:
    session_accept(monitor);
    break;
  case WATCHED_SESSION:
    session_ready(monitor, &monitor->sessions[event.index]);
    break;
  case WATCHED_REPORT:
    launch_report_ready(monitor, launch_at(monitor, event.index));
    break;
  case WATCHED_PROCESS:
    launch_process_ended(monitor, launch_at(monitor, event.index));
    break;
  case WATCHED_HELPER:
    launch_helper_ended(monitor, launch_at(monitor, event.index));
    break;
  case WATCHED_OUTPUT:
    output_ready(monitor, (enum stream)event.index);
    break;
  case WATCHED_INPUT:
    input_ready(monitor);
    break;
  case WATCHED_CLIENT_INPUT:
    input_client_ready(monitor, &monitor->sessions[event.index]);
    break;
  case WATCHED_TERMINAL_SOCKET:
    streams_receive_terminal(monitor);
    break;
  }
}

static void clear(struct monitor *monitor) {
  monitor->listener = INHERITED_LISTENER;
  monitor->run_directory = INHERITED_RUN_DIRECTORY;
  monitor->log.directory = INHERITED_LOG_DIRECTORY;
  monitor->cgroup = INHERITED_CGROUP;
  monitor->log.fd = -1;
  monitor->input.state = INPUT_AWAITED;
  monitor->outputs[STREAM_STDOUT].fd = -1;
  monitor->outputs[STREAM_STDERR].fd = -1;
  monitor->container.terminal_socket = -1;
  monitor->container.terminal = -1;
  launch_clear(&monitor->container.launch, CONTAINER_LAUNCH);
}

static int listen(struct monitor *monitor) {
  struct event event = {WATCHED_LISTENER, 0};
  sys_fcntl(monitor->listener, F_SETFL, sys_fcntl(monitor->listener, F_GETFL, 0) | O_NONBLOCK);
  int result = watch(monitor, monitor->listener, EPOLLIN, event);
  monitor->listening = result == 0;
  return result;
}

static void hang_up_on_all(struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    session_hang_up(monitor, &monitor->sessions[i]);
  }
}

int monitor_run(struct monitor *monitor) {
  /* Asked before anything is opened, which could get that number. */
  bool has_session = sys_fcntl(INHERITED_SESSION, F_GETFD, 0) >= 0;
  clear(monitor);
  monitor->epoll = (int)sys_epoll_create1(EPOLL_CLOEXEC);
  if (monitor->epoll < 0 || listen(monitor) < 0) {
    return 1;
  }
  if (has_session) {
    session_inherit(monitor, INHERITED_SESSION);
  }
  while (!monitor->finished) {
    struct event event;
    if (watch_wait(monitor, timers_timeout_ms(monitor), &event)) {
      handle(monitor, event);
    }
    timers_run(monitor);
  }
  hang_up_on_all(monitor);
  return 0;
}
