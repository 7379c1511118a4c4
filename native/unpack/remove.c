#include "remove.h"

#include "place.h"
#include "unpack_syscalls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#define LIST_BYTES 32768

/* What getdents64 fills in: libc's struct dirent64 is the same on x86-64. */
struct listed {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

typedef long (*visitor)(int directory, const char *name, uint32_t *moved, int top);

static bool is_dots(const char *name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static long visit_entries(int directory, visitor visit, uint32_t *moved, int top) {
  char list[LIST_BYTES] __attribute__((aligned(8)));
  long size;
  while ((size = sys_getdents64(directory, list, sizeof list)) > 0) {
    for (long at = 0; at < size;) {
      const struct listed *entry = (const void *)(list + at);
      long result = is_dots(entry->name) ? 0 : visit(directory, entry->name, moved, top);
      if (result < 0) {
        return result;
      }
      at += entry->size;
    }
  }
  return size;
}

/* A name no archive can give: all that begin so are whiteouts. */
static void name_moved(char *name, uint32_t number) {
  const char prefix[] = ".wh..wh.";
  __builtin_memcpy(name, prefix, sizeof prefix - 1);
  char *at = name + sizeof prefix - 1;
  do {
    *at++ = (char)('a' + number % 16);
    number /= 16;
  } while (number > 0);
  *at = '\0';
}

/* Unlinks a file, moves a directory to the top. */
static long lift(int directory, const char *name, uint32_t *moved, int top) {
  long result = sys_unlinkat(directory, name, 0);
  if (result != -EISDIR) {
    return result;
  }
  char above[32];
  name_moved(above, (*moved)++);
  return sys_renameat2(directory, name, top, above, 1 /* RENAME_NOREPLACE */);
}

static long flatten(int top, const char *name, uint32_t *moved, int unused) {
  (void)unused;
  long result = sys_unlinkat(top, name, 0);
  if (result != -EISDIR) {
    return result;
  }
  long fd = sys_openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) {
    return fd;
  }
  do {
    sys_lseek((int)fd, 0, SEEK_SET);
    result = visit_entries((int)fd, lift, moved, top);
  } while (result >= 0 && (result = sys_unlinkat(top, name, AT_REMOVEDIR)) == -ENOTEMPTY);
  sys_close((int)fd);
  return result;
}

/* Directories in directories are moved to the top first: neither memory nor descriptors grow with the depth. */
static long remove_directory(const struct place *place) {
  long fd = sys_openat(place->directory, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) {
    return fd;
  }
  uint32_t moved = 0;
  long result;
  do {
    sys_lseek((int)fd, 0, SEEK_SET);
    result = visit_entries((int)fd, flatten, &moved, (int)fd);
  } while (result >= 0 && (result = sys_unlinkat(place->directory, place->name, AT_REMOVEDIR)) == -ENOTEMPTY);
  sys_close((int)fd);
  return result;
}

long remove_at(struct unpack *unpack, const struct place *place) {
  unpack->step = STEP_REPLACE;
  place_forget(unpack);
  long result = sys_unlinkat(place->directory, place->name, 0);
  return result == -EISDIR ? remove_directory(place) : result;
}
