#include "attributes.h"

#include "unpack_syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SET_ID_BITS 07777u

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

/* The head was checked to hold them all. */
static long set_extended(struct unpack *unpack, const struct request *request, int fd) {
  unpack->step = STEP_ATTRIBUTE;
  const char *at = request->attributes;
  for (unsigned i = 0; i < request->command->attribute_count; i++) {
    struct attribute attribute;
    __builtin_memcpy(&attribute, at, sizeof attribute);
    const char *name = at + sizeof attribute;
    const char *value = name + attribute.name_size;
    long result = sys_fsetxattr(fd, name, value, attribute.value_size);
    if (result < 0 && !(result == -EOPNOTSUPP && (attribute.flags & ATTRIBUTE_OPTIONAL) != 0)) {
      return result;
    }
    at += sizeof attribute + command_padded((size_t)attribute.name_size + attribute.value_size);
  }
  return 0;
}

static long set_time(struct unpack *unpack, const struct command *command, const struct place *place, int flags) {
  const struct timespec both[2] = {
      {.tv_sec = command->seconds, .tv_nsec = command->nanoseconds},
      {.tv_sec = command->seconds, .tv_nsec = command->nanoseconds},
  };
  unpack->step = STEP_TIME;
  return sys_utimensat(place->directory, place->name, both, flags);
}

long attributes_set(struct unpack *unpack, const struct request *request, int fd) {
  const struct command *command = request->command;
  unpack->step = STEP_OWNER;
  long result = sys_fchown(fd, command->uid, command->gid);
  if (result >= 0) {
    result = set_extended(unpack, request, fd);
  }
  if (result >= 0) {
    unpack->step = STEP_MODE;
    result = sys_fchmod(fd, command->mode & SET_ID_BITS);
  }
  if (result >= 0) {
    result = set_time(unpack, command, &(struct place){.directory = fd, .name = NULL}, 0);
  }
  return result;
}

long attributes_set_at(struct unpack *unpack, const struct request *request, const struct place *place) {
  const struct command *command = request->command;
  unpack->step = STEP_OWNER;
  long result = sys_fchownat(place->directory, place->name, command->uid, command->gid, AT_SYMLINK_NOFOLLOW);
  /* A symlink has no mode; fchmodat would change what it points to. */
  if (result >= 0 && command->type != COMMAND_SYMLINK) {
    unpack->step = STEP_MODE;
    result = sys_fchmodat(place->directory, place->name, command->mode & SET_ID_BITS);
  }
  return result < 0 ? result : set_time(unpack, command, place, AT_SYMLINK_NOFOLLOW);
}

long attributes_set_time(struct unpack *unpack, const struct command *command, int fd) {
  return set_time(unpack, command, &(struct place){.directory = fd, .name = ""}, AT_EMPTY_PATH);
}
