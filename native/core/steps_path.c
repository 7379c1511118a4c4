#include "steps.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#define MAX_PATH 4096

/*
 * A ".." on the way, a symlink's too, is EAGAIN when anything at all on the machine was renamed or mounted meanwhile,
 * which a container can do without end. Each try then still has better chances than one in two.
 */
#define MAX_TRIES 128

long open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {
      .flags = flags | O_CLOEXEC,
      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
  };
  long result = -EAGAIN;
  for (int tries = 0; result == -EAGAIN && tries < MAX_TRIES; tries++) {
    result = sys_openat2(root, path, &how, sizeof how);
  }
  return result;
}

STEP(open_path) {
  const struct plan_open_path *a = arguments;
  return store(slots, a->out, sys_open(a->path, (int)(a->flags | O_CLOEXEC), 0));
}

STEP(open_in) {
  const struct plan_open_in *a = arguments;
  return store(slots, a->out, open_in_root(slots[a->root], a->path, a->flags, 0));
}

/*
 * Makes one component that is missing. `prefix` is the path up to and with it, `name` its last part; the parent is an
 * open directory, so that a symlink swapped in meanwhile cannot lead elsewhere. A component that is there after all,
 * a dangling symlink for one, is EEXIST.
 */
static long make_component(const struct plan_make_in *a, int root, int parent, const char *prefix, const char *name,
                           bool last) {
  bool file = last && a->file != 0;
  long result = file ? sys_mknodat(parent, name, S_IFREG | 0644, 0) : sys_mkdirat(parent, name, (unsigned)a->mode);
  if (result < 0) {
    return result;
  }
  return open_in_root(root, prefix, O_PATH | (file ? 0 : O_DIRECTORY), a->resolve);
}

/* Walks `path` from the root, a component at a time, each prefix resolved anew by the kernel. */
static long make_path(const struct plan_make_in *a, int root) {
  char prefix[MAX_PATH];
  long parent = root;
  size_t length = 0;
  while (a->path[length] != '\0') {
    while (a->path[length] == '/' && length < sizeof prefix - 1) {
      prefix[length] = '/';
      length++;
    }
    size_t name = length;
    while (a->path[length] != '\0' && a->path[length] != '/') {
      if (length == sizeof prefix - 1) {
        return -ENAMETOOLONG;
      }
      prefix[length] = a->path[length];
      length++;
    }
    prefix[length] = '\0';
    if (name == length) {
      break;
    }
    bool last = a->path[length] == '\0';
    long fd = open_in_root(root, prefix, O_PATH | (last && a->file ? 0 : O_DIRECTORY), a->resolve);
    if (fd == -ENOENT) {
      fd = make_component(a, root, (int)parent, prefix, prefix + name, last);
    }
    if (fd < 0) {
      return fd;
    }
    parent = fd; /* the ones before close at exec */
  }
  return parent == root ? -EINVAL : parent;
}

STEP(make_in) {
  const struct plan_make_in *a = arguments;
  int root = slots[a->root];
  long fd = open_in_root(root, a->path, O_PATH | (a->file ? 0 : O_DIRECTORY), a->resolve);
  if (fd == -ENOENT) {
    fd = make_path(a, root);
  }
  if (fd < 0) {
    return fd;
  }
  if (a->file) {
    struct stat status;
    long result = sys_fstat((int)fd, &status);
    if (result < 0) {
      return result;
    }
    if (S_ISDIR(status.st_mode)) {
      return -EISDIR;
    }
  }
  return store(slots, a->out, fd);
}

STEP(make_directory) {
  const struct plan_make_directory *a = arguments;
  return sys_mkdirat(slots[a->directory], a->name, (unsigned)a->mode);
}

STEP(make_device) {
  const struct plan_make_device *a = arguments;
  return sys_mknodat(slots[a->directory], a->name, S_IFCHR | (unsigned)a->mode, (unsigned)a->device);
}

STEP(make_symlink) {
  const struct plan_make_symlink *a = arguments;
  return sys_symlinkat(a->target, slots[a->directory], a->name);
}

STEP(change_directory) {
  const struct plan_change_directory *a = arguments;
  return sys_fchdir(slots[a->directory]);
}

STEP(change_root) {
  const struct plan_change_root *a = arguments;
  long result = sys_fchdir(slots[a->directory]);
  return result < 0 ? result : sys_chroot(".");
}

STEP(change_owner) {
  const struct plan_change_owner *a = arguments;
  return sys_fchown(slots[a->fd], (unsigned)a->uid, (unsigned)a->gid);
}

STEP(write_file) {
  const struct plan_write_file *a = arguments;
  (void)slots;
  long fd = sys_open(a->path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) {
    return fd;
  }
  long written = sys_write((int)fd, a->content, text_length(a->content));
  sys_close((int)fd);
  return written < 0 ? written : 0;
}
