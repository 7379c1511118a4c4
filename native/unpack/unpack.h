/*
 * unpack: makes what it is told beneath one directory, and nothing else. It decides nothing: TypeScript has read the
 * archive, this does what is left where nothing else can be reached. Its plan has given it namespaces of its own in
 * which that directory is `/`, no descriptor but the two it talks over, and the few capabilities this takes; still each
 * path is resolved with RESOLVE_IN_ROOT, and work is done on single names in open directories.
 *
 * Functions return a negative errno on failure, with `step` set to what was being done.
 */
#ifndef PEAPOD_UNPACK_H
#define PEAPOD_UNPACK_H

#include "commands.h"
#include "input.h"

#include <stdbool.h>
#include <stddef.h>

struct unpack {
  struct input input;
  int root;
  int answers;
  enum unpack_step step;
  uint32_t made;
  uint32_t limit;
  /* The directory used last: archives list a directory's files one after another. */
  int directory_fd;
  bool is_known;
  bool is_marked; /* as one that has whiteouts */
  char directory[COMMAND_PATH_MAX];
  union {
    struct command command;
    char head[COMMAND_HEAD_MAX];
  };
};

/* A part of a command with what follows it up to the next one. */
static inline size_t command_padded(size_t size) {
  return (size + 3) & ~(size_t)3;
}

/* A command's parts, bounds-checked; they point into its head. */
struct request {
  const struct command *command;
  char *path;
  const char *target;
  const char *attributes;
};

/* A name in an open directory: neither empty nor with a slash, and "." only for the root itself. */
struct place {
  int directory;
  const char *name;
};

/*
 * Carries out the commands of descriptor `commands` beneath `root` until END, and answers on `answers`. Returns 0, or a
 * negative errno after the answer FAILED. `unpack` is all zeros.
 */
long unpack_run(struct unpack *unpack, int root, int commands, int answers);

#endif
