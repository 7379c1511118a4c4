/*
 * What peapod-unpack is told, and what it answers. src/image/unpack/commands.ts is the other side of this file.
 *
 * Commands come on descriptor 0, one after another, little-endian: a `struct command`, the path, the target, the
 * attributes, each with its NUL and padded to four bytes, then `body_size` bytes of content. The first one is BEGIN, the
 * last one END. Paths are relative to the root, without empty, `.` and `..` components; "" is the root itself.
 *
 * Answers go to descriptor 1, a SOCK_SEQPACKET socket. DONE or FAILED is the last thing that is said. MARK carries a
 * directory, to be marked for overlayfs by who may, and is answered with an errno (32 bits) before anything else happens:
 * as opaque (`command_type` OPAQUE), or as one that has whiteouts (WHITEOUT), which would be listed otherwise when no
 * layer below has a directory of that name.
 */
#ifndef PEAPOD_UNPACK_COMMANDS_H
#define PEAPOD_UNPACK_COMMANDS_H

#include <stdint.h>

#define COMMAND_HEAD_MAX (2u << 20) /* a command without its body */
#define COMMAND_PATH_MAX 4096u      /* with its NUL */

enum command_type {
  COMMAND_BEGIN = 1,
  COMMAND_END = 2,
  COMMAND_DIRECTORY = 3,
  COMMAND_FILE = 4,
  COMMAND_SYMLINK = 5,
  COMMAND_LINK = 6,
  COMMAND_NODE = 7,     /* a device or FIFO: `mode` has its type */
  COMMAND_WHITEOUT = 8, /* the path is what is no more */
  COMMAND_OPAQUE = 9,   /* the path is the directory that shows nothing from below */
  COMMAND_TIME = 10,    /* of a directory, if there still is one */
};

struct command {
  uint32_t size; /* of this struct and all before the body */
  uint16_t type;
  uint16_t attribute_count;
  uint64_t body_size;
  int64_t seconds;
  uint32_t nanoseconds;
  uint32_t mode;
  uint32_t uid;
  uint32_t gid;
  uint32_t device; /* as mknod(2) takes it */
  uint32_t path_size;
  uint32_t target_size;
  uint32_t limit; /* BEGIN: how many things may be made */
};

enum attribute_flag {
  ATTRIBUTE_OPTIONAL = 1, /* left out where the file system has none of its kind */
};

struct attribute {
  uint32_t name_size;
  uint32_t value_size;
  uint32_t flags;
};

enum answer_type {
  ANSWER_DONE = 1,
  ANSWER_FAILED = 2,
  ANSWER_MARK = 3,
};

/* What was being done when it failed. */
enum unpack_step {
  STEP_COMMAND = 0, /* malformed, or cut off: the sender's fault, or its end */
  STEP_LIMIT = 1,
  STEP_RESOLVE = 2, /* the directory the path lies in */
  STEP_TARGET = 3,  /* what is linked to */
  STEP_REPLACE = 4, /* what was there before */
  STEP_MAKE = 5,
  STEP_WRITE = 6,
  STEP_OWNER = 7,
  STEP_ATTRIBUTE = 8,
  STEP_MODE = 9,
  STEP_TIME = 10,
  STEP_MARK = 11,
};

/* FAILED: followed by the path of the command, without a NUL. */
struct answer {
  uint32_t type;
  uint32_t step;
  uint32_t error; /* a positive errno */
  uint32_t command_type;
};

_Static_assert(sizeof(struct command) == 56, "a command's wire size");
_Static_assert(sizeof(struct attribute) == 12, "an attribute's wire size");
_Static_assert(sizeof(struct answer) == 16, "an answer's wire size");

#endif
