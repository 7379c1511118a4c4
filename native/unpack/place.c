#include "place.h"

#include "make.h"
#include "unpack_syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>

/* A `..` in a symlink is EAGAIN when anything on the machine was renamed or mounted meanwhile. */
#define MAX_TRIES 128

static char root_path[] = "";

static long open_in_root(int root, const char *path) {
  struct open_how how = {
      .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };
  long result = -EAGAIN;
  for (int tries = 0; result == -EAGAIN && tries < MAX_TRIES; tries++) {
    result = sys_openat2(root, path[0] == '\0' ? "." : path, &how, sizeof how);
  }
  return result;
}

static long open_directory(int parent, const char *name) {
  return sys_openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
}

static long make_missing(struct unpack *unpack, const struct place *place) {
  long result = make_implied(unpack, place);
  return result < 0 ? result : open_directory(place->directory, place->name);
}

/* One component. `prefix` is the path up to it: only from the root is it known where a symlink leads. */
static long step_into(struct unpack *unpack, const struct place *place, const char *prefix) {
  long fd = open_directory(place->directory, place->name);
  if (fd == -ENOENT || (fd == -ENOTDIR && is_whiteout(place))) {
    return make_missing(unpack, place);
  }
  return fd == -ENOTDIR || fd == -ELOOP ? open_in_root(unpack->root, prefix) : fd;
}

static long walk(struct unpack *unpack, char *path) {
  long fd = open_in_root(unpack->root, "");
  for (size_t at = 0; fd >= 0 && path[at] != '\0';) {
    size_t end = at;
    while (path[end] != '\0' && path[end] != '/') {
      end++;
    }
    char separator = path[end];
    path[end] = '\0';
    struct place place = {.directory = (int)fd, .name = path + at};
    fd = step_into(unpack, &place, path);
    sys_close(place.directory);
    path[end] = separator;
    at = separator == '\0' ? end : end + 1;
  }
  return fd;
}

/* Cuts a path at its last slash; what is left of it names the directory. */
static char *split(char *path) {
  char *name = path;
  for (char *at = path; *at != '\0'; at++) {
    if (*at == '/') {
      name = at + 1;
    }
  }
  if (name != path) {
    name[-1] = '\0';
  }
  return name;
}

static size_t text_size(const char *text) {
  size_t size = 0;
  while (text[size++] != '\0') {
  }
  return size;
}

static bool equals(const char *a, const char *b) {
  size_t at = 0;
  while (a[at] != '\0' && a[at] == b[at]) {
    at++;
  }
  return a[at] == b[at];
}

long place_directory(struct unpack *unpack, char *path) {
  unpack->step = STEP_RESOLVE;
  if (unpack->is_known && equals(path, unpack->directory)) {
    return unpack->directory_fd;
  }
  long fd = open_in_root(unpack->root, path);
  if (fd == -ENOENT || fd == -ENOTDIR) {
    fd = walk(unpack, path);
  }
  if (fd < 0) {
    return fd;
  }
  sys_close(unpack->directory_fd);
  unpack->directory_fd = (int)fd;
  unpack->is_known = true;
  unpack->is_marked = false;
  __builtin_memcpy(unpack->directory, path, text_size(path));
  return fd;
}

static bool is_name(const char *name) {
  return name[0] != '\0' && !equals(name, ".") && !equals(name, "..");
}

long place_for(struct unpack *unpack, char *path, struct place *place) {
  if (path[0] == '\0') {
    *place = (struct place){.directory = unpack->root, .name = "."};
    return 0;
  }
  char *name = split(path);
  long fd = is_name(name) ? place_directory(unpack, name == path ? root_path : path) : -EINVAL;
  *place = (struct place){.directory = (int)fd, .name = name};
  return fd < 0 ? fd : 0;
}

long place_existing(struct unpack *unpack, char *path, struct place *place) {
  const char *name = path[0] == '\0' ? "." : split(path);
  long fd = open_in_root(unpack->root, name == path ? root_path : path);
  *place = (struct place){.directory = (int)fd, .name = name};
  return fd < 0 ? fd : 0;
}

void place_forget(struct unpack *unpack) {
  unpack->is_known = false;
}
