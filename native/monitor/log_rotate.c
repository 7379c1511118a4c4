#include "log.h"

#include "clock.h"
#include "monitor_syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>

#define STAMP_BYTES 15                                           /* YYYYMMDD-HHMMSS */
#define ROTATED_BYTES (MESSAGE_LOG_NAME_BYTES + STAMP_BYTES + 1) /* with the dot, and the NUL of the name */

/* What getdents64(2) fills in. */
struct directory_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

/* The rotated logs in the directory. */
struct rotated {
  uint32_t count;
  char oldest[ROTATED_BYTES];
};

static bool is_stamp(const char *stamp) {
  for (int i = 0; i < STAMP_BYTES; i++) {
    bool is_digit = stamp[i] >= '0' && stamp[i] <= '9';
    if (i == 8 ? stamp[i] != '-' : !is_digit) {
      return false;
    }
  }
  return stamp[STAMP_BYTES] == '\0';
}

static bool is_rotated_name(const struct log *log, const char *name) {
  size_t length = text_length(log->name);
  return text_length(name) == length + 1 + STAMP_BYTES && __builtin_memcmp(name, log->name, length) == 0 &&
         name[length] == '.' && is_stamp(name + length + 1);
}

static bool is_older(const char *name, const char *other) {
  return other[0] == '\0' || __builtin_memcmp(name, other, text_length(name)) < 0;
}

static void count_entry(const struct log *log, const char *name, struct rotated *rotated) {
  if (!is_rotated_name(log, name)) {
    return;
  }
  rotated->count++;
  if (is_older(name, rotated->oldest)) {
    __builtin_memcpy(rotated->oldest, name, text_length(name) + 1);
  }
}

static int find_rotated(const struct log *log, struct rotated *rotated) {
  *rotated = (struct rotated){.count = 0};
  int fd = (int)sys_openat(log->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) {
    return fd;
  }
  _Alignas(8) char entries[1024];
  long size;
  while ((size = sys_getdents64(fd, entries, sizeof entries)) > 0) {
    for (long at = 0; at < size;) {
      const struct directory_entry *entry = (const void *)(entries + at);
      count_entry(log, entry->name, rotated);
      at += entry->size;
    }
  }
  sys_close(fd);
  return (int)size;
}

static void remove_oldest(const struct log *log) {
  struct rotated rotated;
  while (log->max_files > 0 && find_rotated(log, &rotated) == 0 && rotated.count >= log->max_files) {
    if (sys_unlinkat(log->directory, rotated.oldest, 0) < 0) {
      return;
    }
  }
}

static void rotated_name(const struct log *log, char name[ROTATED_BYTES]) {
  struct text text = {.bytes = name, .capacity = ROTATED_BYTES};
  text_add(&text, log->name);
  text_add(&text, ".");
  clock_add_compact(&text, log->last_rotation);
  text_end(&text);
}

/*
 * Names neither repeat nor go back: within the same second, or when the clock was set back, the second after the last
 * one is taken. So they sort by age.
 */
static int rename_to_rotated(struct log *log) {
  uint64_t now = clock_realtime_ns() / NS_PER_SECOND;
  long result = -EEXIST;
  for (int attempt = 0; result == -EEXIST && attempt < 64; attempt++) {
    log->last_rotation = now > log->last_rotation ? now : log->last_rotation + 1;
    char name[ROTATED_BYTES];
    rotated_name(log, name);
    result = sys_renameat2(log->directory, log->name, log->directory, name, RENAME_NOREPLACE);
  }
  return (int)result;
}

int log_rotate(struct log *log) {
  int result = rename_to_rotated(log);
  if (result < 0 && result != -ENOENT) {
    return result;
  }
  sys_close(log->fd);
  log->fd = -1;
  remove_oldest(log);
  return log_open(log);
}
