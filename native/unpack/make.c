#include "make.h"

#include "answer.h"
#include "attributes.h"
#include "place.h"
#include "remove.h"
#include "unpack_syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A name no archive can give: all that begin so are whiteouts. */
#define TEMPORARY ".wh..wh.new"

#define NEW_FILE (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
#define DIRECTORY_ITSELF (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static long stat_place(const struct place *place, struct stat *status) {
  return sys_fstatat(place->directory, place->name, status, AT_SYMLINK_NOFOLLOW);
}

bool is_whiteout(const struct place *place) {
  struct stat status;
  return stat_place(place, &status) >= 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

static bool is_directory(const struct place *place) {
  struct stat status;
  return stat_place(place, &status) >= 0 && S_ISDIR(status.st_mode);
}

static bool is_root(const struct place *place) {
  return place->name[0] == '.' && place->name[1] == '\0';
}

static long count(struct unpack *unpack) {
  unpack->step = STEP_LIMIT;
  return ++unpack->made > unpack->limit ? -EDQUOT : 0;
}

static long make_opaque(struct unpack *unpack, const struct place *place) {
  long fd = sys_openat(place->directory, place->name, DIRECTORY_ITSELF, 0);
  if (fd < 0) {
    return fd;
  }
  long result = answer_mark(unpack, (int)fd, COMMAND_OPAQUE);
  sys_close((int)fd);
  return result;
}

/*
 * A directory that is not there. What is there instead, a whiteout or anything else, hid what layers below have of this
 * name, and that is not to come back: the directory is opaque.
 */
static long make_new_directory(struct unpack *unpack, const struct place *place, unsigned mode) {
  unpack->step = STEP_MAKE;
  long result = sys_mkdirat(place->directory, place->name, mode);
  if (result != -EEXIST) {
    return result;
  }
  result = remove_at(unpack, place);
  if (result < 0) {
    return result;
  }
  unpack->step = STEP_MAKE;
  result = sys_mkdirat(place->directory, place->name, mode);
  return result < 0 ? result : make_opaque(unpack, place);
}

long make_implied(struct unpack *unpack, const struct place *place) {
  long result = count(unpack);
  return result < 0 ? result : make_new_directory(unpack, place, 0755);
}

long make_directory(struct unpack *unpack, const struct request *request, const struct place *place) {
  long result = count(unpack);
  if (result >= 0 && !is_root(place) && !is_directory(place)) {
    result = make_new_directory(unpack, place, 0700);
  }
  if (result < 0) {
    return result;
  }
  long fd = sys_openat(place->directory, place->name, DIRECTORY_ITSELF, 0);
  if (fd < 0) {
    return fd;
  }
  result = attributes_set(unpack, request, (int)fd);
  sys_close((int)fd);
  return result;
}

static long write_piece(int fd, const char *piece, size_t size) {
  for (size_t at = 0; at < size;) {
    long written = sys_write(fd, piece + at, size - at);
    if (written < 0 && written != -EINTR) {
      return written;
    }
    at += written < 0 ? 0 : (size_t)written;
  }
  return 0;
}

static long write_body(struct unpack *unpack, uint64_t size, int fd) {
  while (size > 0) {
    const char *piece = NULL;
    unpack->step = STEP_COMMAND;
    long taken = input_next(&unpack->input, size, &piece);
    unpack->step = taken < 0 ? STEP_COMMAND : STEP_WRITE;
    long result = taken < 0 ? taken : write_piece(fd, piece, (size_t)taken);
    if (result < 0) {
      return result;
    }
    size -= (uint64_t)taken;
  }
  return 0;
}

static long open_new_file(struct unpack *unpack, const struct place *place) {
  unpack->step = STEP_MAKE;
  long fd = sys_openat(place->directory, place->name, NEW_FILE, 0600);
  if (fd != -EEXIST) {
    return fd;
  }
  long result = remove_at(unpack, place);
  unpack->step = STEP_MAKE;
  return result < 0 ? result : sys_openat(place->directory, place->name, NEW_FILE, 0600);
}

long make_file(struct unpack *unpack, const struct request *request, const struct place *place) {
  long result = count(unpack);
  long fd = result < 0 ? result : open_new_file(unpack, place);
  if (fd < 0) {
    return fd;
  }
  result = write_body(unpack, request->command->body_size, (int)fd);
  if (result >= 0) {
    result = attributes_set(unpack, request, (int)fd);
  }
  sys_close((int)fd);
  return result;
}

static long make_once(const struct request *request, const struct place *place) {
  const struct command *command = request->command;
  return command->type == COMMAND_SYMLINK
             ? sys_symlinkat(request->target, place->directory, place->name)
             : sys_mknodat(place->directory, place->name, command->mode & (S_IFMT | 0600), command->device);
}

/* What is neither opened nor filled. */
static long make_simple(struct unpack *unpack, const struct request *request, const struct place *place) {
  long result = count(unpack);
  if (result < 0) {
    return result;
  }
  unpack->step = STEP_MAKE;
  result = make_once(request, place);
  if (result == -EEXIST) {
    result = remove_at(unpack, place);
    unpack->step = STEP_MAKE;
    if (result >= 0) {
      result = make_once(request, place);
    }
  }
  return result < 0 ? result : attributes_set_at(unpack, request, place);
}

long make_symlink(struct unpack *unpack, const struct request *request, const struct place *place) {
  return make_simple(unpack, request, place);
}

long make_node(struct unpack *unpack, const struct request *request, const struct place *place) {
  return make_simple(unpack, request, place);
}

/* The root of a layer needs no mark. */
static long mark_whiteouts(struct unpack *unpack, const struct place *place) {
  if (unpack->is_marked || unpack->directory[0] == '\0') {
    return 0;
  }
  unpack->is_marked = true;
  return answer_mark(unpack, place->directory, COMMAND_WHITEOUT);
}

long make_whiteout(struct unpack *unpack, const struct request *request, const struct place *place) {
  long result = count(unpack);
  if (result < 0) {
    return result;
  }
  unpack->step = STEP_MAKE;
  result = sys_mknodat(place->directory, place->name, S_IFCHR, 0);
  if (result == -EEXIST) {
    return is_directory(place) ? make_opaque(unpack, place) : 0;
  }
  if (result >= 0) {
    result = attributes_set_at(unpack, request, place);
  }
  return result < 0 ? result : mark_whiteouts(unpack, place);
}

/* True for two names of one file: nothing is to be done then. */
static bool is_same(const struct place *a, const struct place *b) {
  struct stat left, right;
  return stat_place(a, &left) >= 0 && stat_place(b, &right) >= 0 && left.st_ino == right.st_ino &&
         left.st_dev == right.st_dev;
}

/* In two steps, as the source may lie in what is replaced. */
static long replace_by_link(struct unpack *unpack, const struct place *source, const struct place *place) {
  long result = sys_linkat(source->directory, source->name, place->directory, TEMPORARY);
  if (result >= 0) {
    result = remove_at(unpack, place);
  }
  if (result >= 0) {
    unpack->step = STEP_MAKE;
    result = sys_renameat(place->directory, TEMPORARY, place->directory, place->name);
  }
  return result;
}

static long link_from(struct unpack *unpack, const struct place *source, const struct place *place) {
  unpack->step = STEP_TARGET;
  if (is_whiteout(source)) {
    return -ENOENT;
  }
  unpack->step = STEP_MAKE;
  long result = sys_linkat(source->directory, source->name, place->directory, place->name);
  if (result != -EEXIST) {
    return result;
  }
  return is_same(source, place) ? 0 : replace_by_link(unpack, source, place);
}

long make_link(struct unpack *unpack, const struct request *request, const struct place *place) {
  long result = count(unpack);
  if (result < 0) {
    return result;
  }
  unpack->step = STEP_TARGET;
  struct place source;
  result = place_existing(unpack, (char *)(uintptr_t)request->target, &source);
  if (result < 0) {
    return result;
  }
  result = link_from(unpack, &source, place);
  sys_close(source.directory);
  return result;
}
