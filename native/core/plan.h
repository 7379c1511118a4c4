/*
 * The launch plan in memory. src/kernel/plan/encode.ts writes the wire form, plan_decode() checks every bound of it
 * before any process exists, plan_run() walks it in the child. There are no defaults, no opinions and no sentences
 * here: what goes wrong is a step number and an errno.
 *
 * Wire form, little-endian, in this order and with nothing after it:
 *   header   struct plan_wire_header
 *   steps    (before_count + join_count + child_count) times struct plan_wire_step
 *   lists    list_words 32-bit words: each list is its count, then its items (string offsets, ids, or a
 *            message's words)
 *   strings  string_bytes bytes, the last of which is NUL
 * A step's argument is a number, a slot, an offset into the strings, or the word index of a list. Lists are used once
 * each and in order, which bounds the decoded size by the wire's.
 */
#ifndef PEAPOD_PLAN_H
#define PEAPOD_PLAN_H

#include "plan_ops.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC 0x50414550u /* "PEAP" */
#define PLAN_VERSION 1u
#define PLAN_NO_SLOT UINT32_MAX
#define PLAN_MAX_STEPS 1024u
#define PLAN_MAX_SLOTS 512u
#define PLAN_MAX_BYTES (8u << 20)

struct plan_wire_header {
  uint32_t magic;
  uint32_t version;
  uint32_t size;
  uint32_t cgroup_slot;
  uint64_t clone_flags;
  uint64_t second_flags;
  uint32_t input_count;
  uint32_t slot_count;
  uint32_t join_count;
  uint32_t child_count;
  uint32_t list_words;
  uint32_t string_bytes;
  uint32_t before_count;
  uint32_t reserved;
};

struct plan_wire_step {
  uint32_t op;
  uint32_t reserved;
  uint64_t arguments[PLAN_MAX_FIELDS];
};

_Static_assert(sizeof(struct plan_wire_header) == 64, "the header is 64 bytes on the wire");
_Static_assert(sizeof(struct plan_wire_step) == 56, "a step is 56 bytes on the wire");

struct plan_step {
  uint32_t op;
  uint32_t reserved;
  /* The struct of the step's op, from plan_ops.h: every member is eight bytes, so they lie in field order. */
  uint64_t arguments[PLAN_MAX_FIELDS];
};

struct plan {
  uint64_t clone_flags;
  uint64_t second_flags;
  uint32_t cgroup_slot; /* PLAN_NO_SLOT for the launcher's own cgroup */
  uint32_t input_count;
  uint32_t slot_count;
  uint32_t before_count;
  uint32_t join_count;
  uint32_t child_count; /* 0: a plan of the launcher's own steps, with no clone after them */
  uint32_t step_count;
  const struct plan_step *steps; /* before, join, child */
};

enum plan_record_kind {
  PLAN_BEGIN = 1,   /* detail: CLOCK_MONOTONIC in ns; only with trace */
  PLAN_FAILED = 2,  /* error: errno */
  PLAN_EXECING = 3, /* the last step is about to call execve; with it, end of file means that it worked */
  PLAN_CHILD = 4,   /* detail: pid of the second child, in the launcher's PID namespace */
};

struct plan_record {
  uint16_t kind;
  uint16_t step;
  int32_t error;
  uint64_t detail;
};

_Static_assert(sizeof(struct plan_record) == 16, "a record is 16 bytes on the wire");

struct plan_reporter {
  int fd; /* a pipe to write records to, or -1 to append them to `records` */
  struct plan_record *records;
  uint32_t capacity;
  uint32_t count;
  bool trace;
};

/* Bytes plan_decode() needs for this wire, 0 when its header alone is malformed. */
size_t plan_decoded_size(const void *wire, size_t size);

/* Decodes into `memory` (8-byte aligned), keeping no pointer into the wire. Returns 0 or -EINVAL. */
int plan_decode(struct plan **out, void *memory, size_t memory_size, const void *wire, size_t size);

/* Sets every slot to -1 but the inputs, which are `count` descriptors in the plan's order. Returns 0 or -EINVAL. */
int plan_bind(const struct plan *plan, int *slots, const int *inputs, uint32_t count);

/*
 * Runs the steps of the launcher itself, before the clone. What they open is in `slots`, of which the child must have a
 * copy: its descriptors are not the launcher's. Returns 0, or a negative errno after reporting it.
 */
int plan_run_before(const struct plan *plan, int *slots, struct plan_reporter *reporter);

/*
 * Runs in the child: the join steps, then the second clone (whose parent waits for nothing and exits), then the child
 * steps, of which the last replaces the process. Returns a negative errno when a step failed, after reporting it.
 */
int plan_run(const struct plan *plan, int *slots, struct plan_reporter *reporter);

#endif
