/* The decoder against well-formed, cut and mutated plans: whatever the bytes, it answers, and never reads past them. */
#include "../core/plan.h"
#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRINGS "/bin/true\0x\0"

struct sample {
  struct plan_wire_header header;
  struct plan_wire_step steps[3];
  uint32_t lists[9];
  char strings[sizeof STRINGS];
};

static struct sample build_sample(void) {
  struct sample sample = {
      .header =
          {
              .magic = PLAN_MAGIC,
              .version = PLAN_VERSION,
              .cgroup_slot = PLAN_NO_SLOT,
              .input_count = 1,
              .slot_count = 2,
              .child_count = 3,
              .list_words = 9,
              .string_bytes = sizeof STRINGS,
          },
      .steps =
          {
              {.op = PLAN_OP_SET_GROUPS, .arguments = {0}},
              {.op = PLAN_OP_OPEN_PATH, .arguments = {10, 0, 1}},
              {.op = PLAN_OP_EXEC, .arguments = {3, 5, 8}},
          },
      .lists = {2, 7, 8, 1, 0, 2, 0, 10, 0},
      .strings = STRINGS,
  };
  sample.header.size = (uint32_t)(offsetof(struct sample, strings) + sizeof STRINGS);
  return sample;
}

static int decode(const void *wire, size_t size, struct plan **plan, void **memory) {
  size_t needed = plan_decoded_size(wire, size);
  *memory = malloc(needed == 0 ? 1 : needed);
  return plan_decode(plan, *memory, needed, wire, size);
}

static int decode_only(const struct sample *sample) {
  struct plan *plan;
  void *memory;
  int result = decode(sample, sample->header.size, &plan, &memory);
  free(memory);
  return result;
}

static void decodes_a_plan(void) {
  struct sample sample = build_sample();
  struct plan *plan = NULL;
  void *memory;
  ok(decode(&sample, sample.header.size, &plan, &memory) == 0, "a well-formed plan decodes");
  ok(plan->step_count == 3 && plan->child_count == 3 && plan->join_count == 0, "its steps are counted");
  const struct plan_set_groups *groups = (const void *)plan->steps[0].arguments;
  ok(groups->gids->count == 2 && groups->gids->id[1] == 8, "ids become an array");
  const struct plan_exec *exec = (const void *)plan->steps[2].arguments;
  ok(strcmp(exec->paths[0], "/bin/true") == 0 && exec->paths[1] == NULL, "lists of strings end in NULL");
  ok(strcmp(exec->argv[1], "x") == 0 && exec->envp[0] == NULL, "an empty list is one NULL");
  int slots[2];
  const int inputs[1] = {7};
  ok(plan_bind(plan, slots, inputs, 1) == 0 && slots[0] == 7 && slots[1] == -1, "inputs fill the first slots");
  ok(plan_bind(plan, slots, inputs, 0) == -EINVAL, "a missing input is refused");
  free(memory);
}

/* The bytes that src/kernel/plan/encode.ts writes for a known plan: the two sides agree, or one of the tests fails. */
static void decodes_what_typescript_encodes(void) {
  FILE *file = fopen("test/golden/launch-plan.bin", "rb");
  if (!ok(file != NULL, "the golden plan can be read, from the project's root")) {
    return;
  }
  static uint64_t wire[512];
  size_t size = fread(wire, 1, sizeof wire, file);
  fclose(file);
  struct plan *plan = NULL;
  void *memory;
  if (ok(decode(wire, size, &plan, &memory) == 0, "the golden plan decodes")) {
    ok(plan->clone_flags == 0x20000000 && plan->cgroup_slot == 0, "its flags and its cgroup are what was encoded");
    ok(plan->join_count == 1 && plan->child_count == 6 && plan->slot_count == 4, "its steps and slots are counted");
    const struct plan_make_in *make = (const void *)plan->steps[2].arguments;
    ok(plan->steps[2].op == PLAN_OP_MAKE_IN && make->mode == 0755 && make->file == 1, "numbers survive");
    ok(strcmp(make->path, "a/b") == 0 && make->root == 2 && make->out == 3, "strings and slots survive");
    const struct plan_set_groups *groups = (const void *)plan->steps[3].arguments;
    ok(groups->gids->count == 2 && groups->gids->id[1] == 4294967294u, "ids survive");
    const struct plan_exec *exec = (const void *)plan->steps[6].arguments;
    ok(strcmp(exec->paths[1], "/usr/bin/true") == 0 && exec->envp[0] == NULL, "lists survive");
  }
  free(memory);
}

/* The launcher's own steps alone, which execute nothing. */
static void decodes_steps_without_a_child(void) {
  struct sample sample = build_sample();
  sample.header.child_count = 0;
  sample.header.before_count = 3;
  struct plan *plan = NULL;
  void *memory;
  ok(decode(&sample, sample.header.size, &plan, &memory) == 0 && plan->child_count == 0 && plan->before_count == 3,
     "a plan may have no child");
  free(memory);
}

static void refuses(const char *what, struct sample sample) {
  ok(decode_only(&sample) == -EINVAL, "%s is refused", what);
}

static void refuses_broken_plans(void) {
  struct sample sample = build_sample();
  sample.header.magic++;
  refuses("a wrong magic", sample);
  sample = build_sample();
  sample.header.version = 2;
  refuses("another version", sample);
  sample = build_sample();
  sample.steps[0].op = PLAN_OP_COUNT;
  refuses("an unknown step", sample);
  sample = build_sample();
  sample.steps[1].arguments[0] = sizeof STRINGS;
  refuses("a string past the table", sample);
  sample = build_sample();
  sample.steps[1].arguments[2] = 2;
  refuses("a slot past the last", sample);
  sample = build_sample();
  sample.lists[0] = 9;
  refuses("a list past the table", sample);
  sample = build_sample();
  sample.steps[2].arguments[1] = 3;
  refuses("a list used twice", sample);
  sample = build_sample();
  sample.steps[0].arguments[1] = 1;
  refuses("an argument the step does not have", sample);
  sample = build_sample();
  sample.strings[sizeof STRINGS - 1] = 'x';
  refuses("a string table without an end", sample);
  sample = build_sample();
  sample.steps[2] = sample.steps[1];
  refuses("a plan that executes nothing", sample);
  sample = build_sample();
  sample.header.child_count = 0;
  sample.header.join_count = 3;
  refuses("a second clone without steps", sample);
  sample = build_sample();
  sample.header.cgroup_slot = sample.header.slot_count;
  refuses("a cgroup that is no slot", sample);
}

/* Every prefix, in memory of exactly that size, so that the sanitizer sees a byte read too many. */
static void survives_cuts(void) {
  struct sample sample = build_sample();
  int accepted = 0;
  for (size_t size = 0; size < sample.header.size; size++) {
    void *cut = malloc(size + 1);
    memcpy(cut, &sample, size);
    struct plan *plan;
    void *memory;
    accepted += decode(cut, size, &plan, &memory) == 0;
    free(memory);
    free(cut);
  }
  ok(accepted == 0, "no prefix of a plan is a plan");
}

static void survives_mutations(void) {
  const int rounds = 200000;
  unsigned seed = 1;
  int answered = 0;
  for (int i = 0; i < rounds; i++) {
    struct sample sample = build_sample();
    unsigned char *bytes = (unsigned char *)&sample;
    for (int changes = 1 + i % 4; changes > 0; changes--) {
      seed = seed * 1103515245u + 12345u;
      size_t at = (seed >> 8) % build_sample().header.size;
      seed = seed * 1103515245u + 12345u;
      bytes[at] = (unsigned char)(seed >> 16);
    }
    size_t size = offsetof(struct sample, strings) + sizeof STRINGS;
    void *exact = malloc(size);
    memcpy(exact, &sample, size);
    struct plan *plan;
    void *memory;
    int result = decode(exact, size, &plan, &memory);
    answered += result == 0 || result == -EINVAL;
    free(memory);
    free(exact);
  }
  ok(answered == rounds, "%d mutated plans decode or are refused", rounds);
}

int main(void) {
  decodes_a_plan();
  decodes_what_typescript_encodes();
  decodes_steps_without_a_child();
  refuses_broken_plans();
  survives_cuts();
  survives_mutations();
  return done_testing();
}
