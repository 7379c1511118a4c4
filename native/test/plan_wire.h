/* Small plans put together by hand, in the wire form of plan.h, without the encoder that is written in TypeScript. */
#ifndef PEAPOD_PLAN_WIRE_H
#define PEAPOD_PLAN_WIRE_H

#include "../core/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WIRE_STEPS 32
#define WIRE_WORDS 256
#define WIRE_STRINGS 4096

struct plan_wire {
  struct plan_wire_header header;
  struct plan_wire_step steps[WIRE_STEPS];
  uint32_t lists[WIRE_WORDS];
  char strings[WIRE_STRINGS];
};

static inline struct plan_wire plan_wire(uint32_t inputs) {
  return (struct plan_wire){.header = {.magic = PLAN_MAGIC,
                                       .version = PLAN_VERSION,
                                       .cgroup_slot = PLAN_NO_SLOT,
                                       .input_count = inputs,
                                       .slot_count = inputs + 4}};
}

static inline uint64_t wire_string(struct plan_wire *wire, const char *text) {
  uint32_t at = wire->header.string_bytes;
  size_t size = strlen(text) + 1;
  if (at + size > WIRE_STRINGS) abort();
  memcpy(wire->strings + at, text, size);
  wire->header.string_bytes += (uint32_t)size;
  return at;
}

static inline uint64_t wire_strings(struct plan_wire *wire, const char *const *texts) {
  uint32_t at = wire->header.list_words;
  uint32_t count = 0;
  while (texts[count] != NULL)
    count++;
  if (at + 1 + count > WIRE_WORDS) abort();
  wire->lists[at] = count;
  for (uint32_t i = 0; i < count; i++)
    wire->lists[at + 1 + i] = (uint32_t)wire_string(wire, texts[i]);
  wire->header.list_words += 1 + count;
  return at;
}

struct wire_arguments {
  uint64_t at[PLAN_MAX_FIELDS];
};

/* wire_step(&wire, PLAN_OP_…, arguments…) */
#define wire_step(wire, op, ...) wire_add(wire, op, (struct wire_arguments){{__VA_ARGS__}})

static inline void wire_add(struct plan_wire *wire, enum plan_op op, struct wire_arguments arguments) {
  if (wire->header.child_count == WIRE_STEPS) abort();
  struct plan_wire_step *step = &wire->steps[wire->header.child_count++];
  step->op = op;
  memcpy(step->arguments, arguments.at, sizeof step->arguments);
}

/* Puts a step of the launcher's own before all others; the last one put there is the first. */
#define wire_before(wire, op, ...) wire_add_before(wire, op, (struct wire_arguments){{__VA_ARGS__}})

static inline void wire_add_before(struct plan_wire *wire, enum plan_op op, struct wire_arguments arguments) {
  uint32_t steps = wire->header.before_count + wire->header.child_count;
  if (steps == WIRE_STEPS) abort();
  memmove(wire->steps + 1, wire->steps, steps * sizeof wire->steps[0]);
  wire->header.before_count++;
  wire->steps[0] = (struct plan_wire_step){.op = op};
  memcpy(wire->steps[0].arguments, arguments.at, sizeof arguments.at);
}

/* What was added so far is walked by the intermediate. */
static inline void wire_end_join(struct plan_wire *wire) {
  wire->header.join_count = wire->header.child_count;
}

/* The last step: `/bin/sh -c script`, with the usual PATH. */
static inline void wire_exec(struct plan_wire *wire, const char *script) {
  const char *const paths[] = {"/bin/sh", NULL};
  const char *const argv[] = {"sh", "-c", script, NULL};
  const char *const envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
  uint64_t at[3] = {wire_strings(wire, paths), wire_strings(wire, argv), wire_strings(wire, envp)};
  wire_step(wire, PLAN_OP_EXEC, at[0], at[1], at[2]);
}

static inline void wire_write(int fd, const void *bytes, size_t size) {
  if (write(fd, bytes, size) != (ssize_t)size) abort();
}

/* The plan as a memfd, close-on-exec. */
static inline int wire_memfd(struct plan_wire *wire) {
  struct plan_wire_header *header = &wire->header;
  uint32_t steps = header->before_count + header->child_count;
  header->child_count -= header->join_count;
  header->size =
      (uint32_t)(sizeof *header + steps * sizeof wire->steps[0] + header->list_words * 4) + header->string_bytes;
  int fd = memfd_create("plan", MFD_CLOEXEC);
  wire_write(fd, header, sizeof *header);
  wire_write(fd, wire->steps, steps * sizeof wire->steps[0]);
  wire_write(fd, wire->lists, header->list_words * 4);
  wire_write(fd, wire->strings, header->string_bytes);
  return fd;
}

#endif
