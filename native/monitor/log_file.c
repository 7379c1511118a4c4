#include "log.h"

#include "monitor_syscalls.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static bool is_dot_name(const char *name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

bool log_name_is_valid(const char name[MESSAGE_LOG_NAME_BYTES]) {
  size_t length = 0;
  while (length < MESSAGE_LOG_NAME_BYTES && name[length] != '\0') {
    if (name[length] == '/') {
      return false;
    }
    length++;
  }
  return length > 0 && length < MESSAGE_LOG_NAME_BYTES && !is_dot_name(name);
}

void log_start(struct log *log, int directory, const char *name, struct log_limits limits) {
  *log = (struct log){
      .directory = directory,
      .fd = -1,
      .max_bytes = limits.max_bytes,
      .max_files = limits.max_files,
  };
  __builtin_memcpy(log->name, name, sizeof log->name);
  log_open(log);
}

int log_open(struct log *log) {
  if (log->fd >= 0) {
    return 0;
  }
  /* O_NONBLOCK is for a FIFO someone left there; it changes nothing for a regular file. */
  int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  int fd = (int)sys_openat(log->directory, log->name, flags, 0640);
  if (fd < 0) {
    return fd;
  }
  struct stat status;
  if (sys_fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
    sys_close(fd);
    return -EINVAL;
  }
  log->fd = fd;
  log->size = (uint64_t)status.st_size;
  return 0;
}

int log_prepare(struct log *log, uint64_t bytes) {
  int result = log_open(log);
  if (result == 0 && log->max_bytes > 0 && log->size > 0 && log->size + bytes > log->max_bytes) {
    return log_rotate(log);
  }
  return result;
}
