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
  monitor->listener = -1;
  monitor->run_directory = -1;
  monitor->cgroup = -1;
  monitor->gate[0] = monitor->gate[1] = -1;
  monitor->log.directory = -1;
  monitor->log.fd = -1;
  monitor->input.state = INPUT_AWAITED;
  monitor->outputs[STREAM_STDOUT].fd = -1;
  monitor->outputs[STREAM_STDERR].fd = -1;
  monitor->container.terminal_socket = -1;
  monitor->container.terminal = -1;
  monitor->container.started_record.fd = -1;
  launch_clear(&monitor->container.launch, CONTAINER_LAUNCH);
}

static void hang_up_on_all(struct monitor *monitor) {
  for (uint32_t i = 0; i < monitor->session_limit; i++) {
    session_hang_up(monitor, &monitor->sessions[i]);
  }
}

int monitor_run(struct monitor *monitor) {
  clear(monitor);
  monitor->epoll = (int)sys_epoll_create1(EPOLL_CLOEXEC);
  if (monitor->epoll < 0) {
    return 1;
  }
  streams_make_ahead(monitor);
  session_inherit(monitor, INHERITED_SESSION);
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
