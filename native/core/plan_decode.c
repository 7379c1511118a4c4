#include "plan.h"

#include <errno.h>

static const uint8_t field_table[PLAN_OP_COUNT][PLAN_MAX_FIELDS] = PLAN_FIELD_TABLE;

/* What is left of the caller's memory, and of the lists that must be used in order. */
struct decoder {
  const struct plan_wire_header *header;
  const uint32_t *lists;
  const char *strings; /* our own copy */
  uint32_t next_list_word;
  char *memory;
  size_t memory_left;
};

static size_t align8(size_t size) {
  return (size + 7) & ~(size_t)7;
}

static size_t count_steps(const struct plan_wire_header *header) {
  return (size_t)header->before_count + header->join_count + header->child_count;
}

static size_t wire_size(const struct plan_wire_header *header) {
  return sizeof *header + count_steps(header) * sizeof(struct plan_wire_step) + (size_t)header->list_words * 4 +
         header->string_bytes;
}

static bool header_is_sane(const struct plan_wire_header *header, size_t size) {
  if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION || size > PLAN_MAX_BYTES) {
    return false;
  }
  if (header->size != size || header->reserved != 0 || header->before_count > PLAN_MAX_STEPS) {
    return false;
  }
  if (header->join_count > PLAN_MAX_STEPS || header->child_count > PLAN_MAX_STEPS) {
    return false;
  }
  if (header->child_count == 0 && (header->join_count > 0 || header->before_count == 0)) {
    return false;
  }
  if (header->slot_count > PLAN_MAX_SLOTS || header->input_count > header->slot_count) {
    return false;
  }
  if (header->cgroup_slot != PLAN_NO_SLOT && header->cgroup_slot >= header->slot_count) {
    return false;
  }
  if (header->list_words > PLAN_MAX_BYTES / 4 || header->string_bytes == 0 || header->string_bytes > PLAN_MAX_BYTES) {
    return false;
  }
  return wire_size(header) == size;
}

size_t plan_decoded_size(const void *wire, size_t size) {
  struct plan_wire_header header;
  if (size < sizeof header) {
    return 0;
  }
  __builtin_memcpy(&header, wire, sizeof header);
  if (!header_is_sane(&header, size)) {
    return 0;
  }
  return align8(sizeof(struct plan)) + count_steps(&header) * sizeof(struct plan_step) +
         (size_t)header.list_words * sizeof(char *) + align8(header.string_bytes);
}

static void *take(struct decoder *decoder, size_t size) {
  size = align8(size);
  if (size > decoder->memory_left) {
    return NULL;
  }
  void *taken = decoder->memory;
  decoder->memory += size;
  decoder->memory_left -= size;
  return taken;
}

static bool decode_string(const struct decoder *decoder, uint64_t offset, uint64_t *out) {
  /* The table ends in NUL, so any offset within it is a terminated string. */
  if (offset >= decoder->header->string_bytes) {
    return false;
  }
  *out = (uint64_t)(uintptr_t)(decoder->strings + offset);
  return true;
}

/* Finds the list at the cursor and moves past it. */
static const uint32_t *next_list(struct decoder *decoder, uint64_t word, uint32_t *count) {
  uint32_t words = decoder->header->list_words;
  if (word != decoder->next_list_word || word >= words) {
    return NULL;
  }
  *count = decoder->lists[word];
  if (*count > words - (uint32_t)word - 1) {
    return NULL;
  }
  decoder->next_list_word = (uint32_t)word + 1 + *count;
  return decoder->lists + word + 1;
}

static bool decode_strings(struct decoder *decoder, uint64_t word, uint64_t *out) {
  uint32_t count;
  const uint32_t *items = next_list(decoder, word, &count);
  if (items == NULL) {
    return false;
  }
  uint64_t *pointers = take(decoder, ((size_t)count + 1) * sizeof *pointers);
  if (pointers == NULL) {
    return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!decode_string(decoder, items[i], &pointers[i])) {
      return false;
    }
  }
  pointers[count] = 0;
  *out = (uint64_t)(uintptr_t)pointers;
  return true;
}

/* Ids and words: a count and that many 32-bit items. */
static bool decode_numbers(struct decoder *decoder, uint64_t word, uint64_t *out) {
  uint32_t count;
  const uint32_t *items = next_list(decoder, word, &count);
  if (items == NULL) {
    return false;
  }
  struct plan_ids *ids = take(decoder, sizeof *ids + (size_t)count * sizeof ids->id[0]);
  if (ids == NULL) {
    return false;
  }
  ids->count = count;
  for (uint32_t i = 0; i < count; i++) {
    ids->id[i] = items[i];
  }
  *out = (uint64_t)(uintptr_t)ids;
  return true;
}

static bool decode_argument(struct decoder *decoder, uint8_t field, uint64_t wire, uint64_t *out) {
  switch (field) {
  case PLAN_FIELD_NONE:
    *out = 0;
    return wire == 0;
  case PLAN_FIELD_U64:
    *out = wire;
    return true;
  case PLAN_FIELD_FD:
  case PLAN_FIELD_OUT:
    *out = wire;
    return wire < decoder->header->slot_count;
  case PLAN_FIELD_STRING:
    return decode_string(decoder, wire, out);
  case PLAN_FIELD_STRINGS:
    return decode_strings(decoder, wire, out);
  case PLAN_FIELD_IDS:
  case PLAN_FIELD_WORDS:
    return decode_numbers(decoder, wire, out);
  default:
    return false;
  }
}

static bool decode_step(struct decoder *decoder, const struct plan_wire_step *wire, struct plan_step *step) {
  if (wire->op == 0 || wire->op >= PLAN_OP_COUNT || wire->reserved != 0) {
    return false;
  }
  step->op = wire->op;
  step->reserved = 0;
  for (int i = 0; i < PLAN_MAX_FIELDS; i++) {
    if (!decode_argument(decoder, field_table[wire->op][i], wire->arguments[i], &step->arguments[i])) {
      return false;
    }
  }
  return true;
}

/* Whether its child, if it has one, becomes another program: off the end of its plan it would be the launcher's twin. */
static bool ends_in_exec(const struct plan *plan) {
  uint32_t op = plan->steps[plan->step_count - 1].op;
  return plan->child_count == 0 || op == PLAN_OP_EXEC || op == PLAN_OP_EXEC_FD;
}

int plan_decode(struct plan **out, void *memory, size_t memory_size, const void *wire, size_t size) {
  size_t needed = plan_decoded_size(wire, size);
  if (needed == 0 || needed > memory_size || ((uintptr_t)memory & 7) != 0 || ((uintptr_t)wire & 7) != 0) {
    return -EINVAL;
  }
  const struct plan_wire_header *header = wire;
  uint32_t steps = (uint32_t)count_steps(header);
  const struct plan_wire_step *wire_steps = (const void *)(header + 1);
  struct decoder decoder = {.header = header, .memory = memory, .memory_left = memory_size};
  decoder.lists = (const void *)(wire_steps + steps);
  const char *wire_strings = (const void *)(decoder.lists + header->list_words);
  if (wire_strings[header->string_bytes - 1] != '\0') {
    return -EINVAL;
  }
  struct plan *plan = take(&decoder, sizeof *plan);
  struct plan_step *decoded = take(&decoder, steps * sizeof *decoded);
  char *strings = take(&decoder, header->string_bytes);
  if (plan == NULL || decoded == NULL || strings == NULL) {
    return -EINVAL;
  }
  __builtin_memcpy(strings, wire_strings, header->string_bytes);
  decoder.strings = strings;
  for (uint32_t i = 0; i < steps; i++) {
    if (!decode_step(&decoder, &wire_steps[i], &decoded[i])) {
      return -EINVAL;
    }
  }
  if (decoder.next_list_word != header->list_words) {
    return -EINVAL;
  }
  *plan = (struct plan){
      .clone_flags = header->clone_flags,
      .second_flags = header->second_flags,
      .cgroup_slot = header->cgroup_slot,
      .input_count = header->input_count,
      .slot_count = header->slot_count,
      .before_count = header->before_count,
      .join_count = header->join_count,
      .child_count = header->child_count,
      .step_count = steps,
      .steps = decoded,
  };
  if (!ends_in_exec(plan)) {
    return -EINVAL;
  }
  *out = plan;
  return 0;
}

int plan_bind(const struct plan *plan, int *slots, const int *inputs, uint32_t count) {
  if (count != plan->input_count) {
    return -EINVAL;
  }
  for (uint32_t i = 0; i < plan->slot_count; i++) {
    slots[i] = i < count ? inputs[i] : -1;
  }
  return 0;
}
