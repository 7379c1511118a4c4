#include "steps.h"
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/stat.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#define AT_RECURSIVE_TREE 0x8000

#define MAX_OPTION_KEY 64

static const char *null_if_empty(const char *text) {
  return text[0] == '\0' ? NULL : text;
}

STEP(mount) {
  const struct plan_mount *a = arguments;
  (void)slots;
  return sys_mount(null_if_empty(a->source), a->target, null_if_empty(a->type), a->flags, null_if_empty(a->data));
}

/* `key=value` is a string parameter, a lone `key` a flag. */
static long configure(int context, const char *option) {
  char key[MAX_OPTION_KEY];
  size_t length = 0;
  while (option[length] != '\0' && option[length] != '=') {
    if (length == sizeof key - 1) {
      return -EINVAL;
    }
    key[length] = option[length];
    length++;
  }
  key[length] = '\0';
  if (option[length] == '\0') {
    return sys_fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0);
  }
  return sys_fsconfig(context, FSCONFIG_SET_STRING, key, option + length + 1, 0);
}

/* A mount of what is configured, or a negative errno. */
static long mount_filesystem(int filesystem, const struct plan_create_filesystem *a) {
  for (size_t i = 0; a->options[i] != NULL; i++) {
    long result = configure(filesystem, a->options[i]);
    if (result < 0) {
      return result;
    }
  }
  long result = sys_fsconfig(filesystem, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
  return result < 0 ? result : sys_fsmount(filesystem, FSMOUNT_CLOEXEC, (unsigned)a->attributes);
}

/* What it is configured by holds the file system, too: in a monitor for as long as that lives. */
STEP(create_filesystem) {
  const struct plan_create_filesystem *a = arguments;
  long filesystem = sys_fsopen(a->type, FSOPEN_CLOEXEC);
  if (filesystem < 0) {
    return filesystem;
  }
  long mount = mount_filesystem((int)filesystem, a);
  sys_close((int)filesystem);
  return store(slots, a->out, mount);
}

STEP(clone_tree) {
  const struct plan_clone_tree *a = arguments;
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (unsigned)a->flags;
  return store(slots, a->out, sys_open_tree(AT_FDCWD, a->path, flags));
}

STEP(clone_tree_in) {
  const struct plan_clone_tree_in *a = arguments;
  long source = open_in_root(slots[a->root], a->path, O_PATH, 0);
  if (source < 0) {
    return source;
  }
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (unsigned)a->flags;
  return store(slots, a->out, sys_open_tree((int)source, "", flags));
}

STEP(set_mount_attributes) {
  const struct plan_set_mount_attributes *a = arguments;
  struct mount_attr attributes = {.attr_set = a->set, .attr_clr = a->clear, .propagation = a->propagation};
  return sys_mount_setattr(slots[a->mount], "", AT_EMPTY_PATH | (unsigned)a->flags, &attributes, sizeof attributes);
}

static long attach(int mount, int target) {
  return sys_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

STEP(attach_mount) {
  const struct plan_attach_mount *a = arguments;
  return attach(slots[a->mount], slots[a->target]);
}

/* Opens what a mask goes over. -ENOENT and -ENOTDIR mean that there is nothing to hide. */
static long open_masked(int root, const char *path) {
  return open_in_root(root, path, O_PATH, RESOLVE_NO_SYMLINKS);
}

static bool is_absent(long result) {
  return result == -ENOENT || result == -ENOTDIR;
}

STEP(mask_path) {
  const struct plan_mask_path *a = arguments;
  long target = open_masked(slots[a->root], a->path);
  if (target < 0) {
    return is_absent(target) ? 0 : target;
  }
  struct stat status;
  long result = sys_fstat((int)target, &status);
  if (result < 0) {
    return result;
  }
  int source = slots[S_ISDIR(status.st_mode) ? a->directory : a->file];
  long mount = sys_open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  return mount < 0 ? mount : attach((int)mount, (int)target);
}

STEP(read_only_path) {
  const struct plan_read_only_path *a = arguments;
  long target = open_masked(slots[a->root], a->path);
  if (target < 0) {
    return is_absent(target) ? 0 : target;
  }
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE_TREE;
  long mount = sys_open_tree((int)target, "", flags);
  if (mount < 0) {
    return mount;
  }
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  long result = sys_mount_setattr((int)mount, "", AT_EMPTY_PATH | AT_RECURSIVE_TREE, &attributes, sizeof attributes);
  return result < 0 ? result : attach((int)mount, (int)target);
}

STEP(pivot_root) {
  const struct plan_pivot_root *a = arguments;
  (void)slots;
  return sys_pivot_root(a->new_root, a->put_old);
}

STEP(unmount) {
  const struct plan_unmount *a = arguments;
  (void)slots;
  return sys_umount2(a->path, (int)a->flags);
}
