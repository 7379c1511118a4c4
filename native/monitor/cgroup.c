#include "cgroup.h"

#include "monitor_syscalls.h"
#include "text.h"

#include <fcntl.h>

static bool file_contains(int cgroup, const char *name, const char *word) {
  int fd = (int)sys_openat(cgroup, name, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  char content[256];
  long size = sys_read(fd, content, sizeof content);
  sys_close(fd);
  return size > 0 && text_contains(content, (size_t)size, word);
}

bool cgroup_is_frozen(int cgroup) {
  return file_contains(cgroup, "cgroup.events", "frozen 1") || file_contains(cgroup, "cgroup.freeze", "1");
}

void cgroup_kill(int cgroup) {
  int fd = (int)sys_openat(cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC, 0);
  if (fd >= 0) {
    sys_write(fd, "1", 1);
    sys_close(fd);
  }
}
