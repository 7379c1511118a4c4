#include "output.h"

#include "attach.h"
#include "container.h"
#include "monitor_syscalls.h"
#include "text.h"
#include "watch.h"

#include <errno.h>
#include <sys/epoll.h>

int output_open(struct monitor *monitor, enum stream stream, int fd) {
  monitor->outputs[stream].fd = fd;
  struct event event = {WATCHED_OUTPUT, stream};
  return watch(monitor, fd, EPOLLIN, event);
}

/* `size` bytes came behind those that are held. */
static void write_lines(struct log *log, enum stream stream, struct output *output, size_t size) {
  size_t total = output->held + size;
  bool is_unfinished = text_find_newline(output->buffer + output->held, size) == size;
  size_t done = is_unfinished && total <= LOG_LINE_BYTES ? 0 : log_write(log, stream, output->buffer, total);
  if (done > 0) {
    __builtin_memmove(output->buffer, output->buffer + done, total - done);
  }
  output->held = (uint32_t)(total - done);
}

/* Edge-triggered: the hangup of a terminal is told once now, not for ever. */
static void park(struct monitor *monitor, enum stream stream, bool parked) {
  struct output *output = &monitor->outputs[stream];
  if (output->parked != parked) {
    struct event event = {WATCHED_OUTPUT, stream};
    output->parked = parked;
    watch_again(monitor, output->fd, parked ? EPOLLIN | EPOLLET : EPOLLIN, event);
  }
}

void output_ready(struct monitor *monitor, enum stream stream) {
  struct output *output = &monitor->outputs[stream];
  char *free_part = output->buffer + output->held;
  long size = sys_read(output->fd, free_part, sizeof output->buffer - output->held);
  if (size == -EAGAIN) {
    return;
  }
  if (size > 0) {
    park(monitor, stream, false);
    attach_copy(monitor, stream, free_part, (size_t)size);
    write_lines(&monitor->log, stream, output, (size_t)size);
    return;
  }
  /* No process has the terminal open: the container may open it again, unless it ended. */
  if (size == -EIO && monitor->container.terminal >= 0 && !monitor->container.draining) {
    park(monitor, stream, true);
    return;
  }
  output_close(monitor, stream);
  container_end_if_drained(monitor);
}

void output_close(struct monitor *monitor, enum stream stream) {
  struct output *output = &monitor->outputs[stream];
  log_write_last(&monitor->log, stream, output->buffer, output->held);
  output->held = 0;
  if (output->fd == monitor->container.terminal) {
    monitor->container.terminal = -1;
  }
  unwatch_and_close(monitor, &output->fd);
  attach_end_stream(monitor, stream);
}

bool output_is_over(const struct monitor *monitor) {
  return monitor->outputs[STREAM_STDOUT].fd < 0 && monitor->outputs[STREAM_STDERR].fd < 0;
}
