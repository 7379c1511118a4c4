/* Steps of the launcher's own, before a launch: directories, records and sockets of the runtime. */
#include "steps.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define MAX_PATH 4096

static const char own_fds[] = "/proc/self/fd/";

static long make_directory(const char *path, unsigned mode) {
  long result = sys_mkdirat(AT_FDCWD, path, mode);
  return result == -EEXIST ? 0 : result;
}

/* The length of a path's parent, 0 when there is none to be made. */
static size_t parent_of(const char *path, size_t length) {
  while (length > 0 && path[length - 1] != '/') {
    length--;
  }
  return length > 0 ? length - 1 : 0;
}

/* From the last component up to the first that is there, and down again: most of a path is there already. */
static long make_path(char *path, size_t length, unsigned mode) {
  size_t last = length;
  long result = make_directory(path, mode);
  while (result == -ENOENT && (last = parent_of(path, last)) > 0) {
    path[last] = '\0';
    result = make_directory(path, mode);
  }
  while (result == 0 && last < length) {
    path[last] = '/';
    last += text_length(path + last);
    result = make_directory(path, mode);
  }
  return result;
}

STEP(ensure_directory) {
  const struct plan_ensure_directory *a = arguments;
  char path[MAX_PATH];
  size_t length = text_length(a->path);
  (void)slots;
  if (length >= sizeof path) {
    return -ENAMETOOLONG;
  }
  __builtin_memcpy(path, a->path, length + 1);
  return make_path(path, length, (unsigned)a->mode);
}

static long write_all(int fd, const char *text) {
  size_t left = text_length(text);
  while (left > 0) {
    long written = sys_write(fd, text, left);
    if (written < 0) {
      return written;
    }
    text += written;
    left -= (size_t)written;
  }
  return 0;
}

STEP(write_record) {
  const struct plan_write_record *a = arguments;
  (void)slots;
  long fd = sys_open(a->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fd;
  }
  long result = write_all((int)fd, a->content);
  sys_close((int)fd);
  return result < 0 ? result : sys_renameat(AT_FDCWD, a->temporary, AT_FDCWD, a->path);
}

static char *append(char *at, const char *end, const char *text) {
  while (*text != '\0' && at < end) {
    *at++ = *text++;
  }
  return at;
}

static char *append_number(char *at, const char *end, int number) {
  char digits[12];
  size_t i = sizeof digits - 1;
  digits[i] = '\0';
  do {
    digits[--i] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return append(at, end, digits + i);
}

/* A name in a directory, through /proc, when the path is too long for sun_path: that way costs 100 us more. */
static long name_socket(struct sockaddr_un *address, const char *path, int directory, const char *name) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  char *at = address->sun_path;
  const char *end = at + sizeof address->sun_path;
  if (append(at, end, path) < end) {
    return 0;
  }
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  at = append(at, end, own_fds);
  at = append_number(at, end, directory);
  at = append(at, end, "/");
  at = append(at, end, name);
  return at == end ? -ENAMETOOLONG : 0;
}

static long open_socket(void) {
  return sys_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Stores the socket if `result` says that all went well, closes it otherwise. */
static long keep_socket(int *slots, uint64_t slot, int fd, long result) {
  if (result < 0) {
    sys_close(fd);
    return result;
  }
  return store(slots, slot, fd);
}

STEP(listen_unix) {
  const struct plan_listen_unix *a = arguments;
  struct sockaddr_un address;
  long result = name_socket(&address, a->path, slots[a->directory], a->name);
  long fd = result < 0 ? result : open_socket();
  if (fd < 0) {
    return fd;
  }
  /* bind gives the file the mode of the socket: there is no moment at which others could connect. */
  result = sys_fchmod((int)fd, 0600);
  if (result == 0) {
    result = sys_bind((int)fd, &address, sizeof address);
  }
  if (result == 0) {
    result = sys_listen((int)fd, (int)a->backlog);
  }
  return keep_socket(slots, a->out, (int)fd, result);
}
