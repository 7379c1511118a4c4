#include "unpack.h"

#include "answer.h"
#include "attributes.h"
#include "make.h"
#include "place.h"
#include "unpack_syscalls.h"

#include <errno.h>
#include <fcntl.h>

typedef long (*handler)(struct unpack *unpack, const struct request *request, const struct place *place);

static const handler makers[] = {
    [COMMAND_DIRECTORY] = make_directory, [COMMAND_FILE] = make_file, [COMMAND_SYMLINK] = make_symlink,
    [COMMAND_LINK] = make_link,           [COMMAND_NODE] = make_node, [COMMAND_WHITEOUT] = make_whiteout,
};

/* A text of `size` bytes, its NUL being the last; what follows it goes on at `at`. */
static bool take_text(char **at, const char *end, uint32_t size) {
  if (size == 0 || size > COMMAND_PATH_MAX || command_padded(size) > (size_t)(end - *at) || (*at)[size - 1] != '\0') {
    return false;
  }
  *at += command_padded(size);
  return true;
}

static bool has_attributes(const char *at, const char *end, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    struct attribute attribute;
    if ((size_t)(end - at) < sizeof attribute) {
      return false;
    }
    __builtin_memcpy(&attribute, at, sizeof attribute);
    at += sizeof attribute;
    size_t left = (size_t)(end - at);
    if (attribute.name_size == 0 || attribute.name_size > left || attribute.value_size > left) {
      return false;
    }
    size_t size = command_padded((size_t)attribute.name_size + attribute.value_size);
    if (size > left || at[attribute.name_size - 1] != '\0') {
      return false;
    }
    at += size;
  }
  return at == end;
}

static bool read_parts(struct unpack *unpack, struct request *request) {
  const struct command *command = &unpack->command;
  char *at = unpack->head + sizeof *command;
  const char *end = unpack->head + command->size;
  *request = (struct request){.command = command, .path = at};
  if (!take_text(&at, end, command->path_size)) {
    return false;
  }
  request->target = at;
  if (!take_text(&at, end, command->target_size)) {
    return false;
  }
  request->attributes = at;
  return has_attributes(at, end, command->attribute_count);
}

/* The next command, but for its body. */
static long read_request(struct unpack *unpack, struct request *request) {
  struct command *command = &unpack->command;
  unpack->step = STEP_COMMAND;
  long result = input_take(&unpack->input, command, sizeof *command);
  if (result < 0) {
    return result;
  }
  if (command->size < sizeof *command || command->size > COMMAND_HEAD_MAX) {
    return -EINVAL;
  }
  result = input_take(&unpack->input, unpack->head + sizeof *command, command->size - sizeof *command);
  if (result < 0) {
    return result;
  }
  return read_parts(unpack, request) ? 0 : -EINVAL;
}

/* A directory may be gone again, or have become something else. */
static long set_directory_time(struct unpack *unpack, const struct request *request) {
  struct place place;
  long result = place_existing(unpack, request->path, &place);
  if (result >= 0) {
    long fd = sys_openat(place.directory, place.name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    result = fd < 0 ? fd : attributes_set_time(unpack, request->command, (int)fd);
    sys_close((int)fd);
    sys_close(place.directory);
  }
  return result == -ENOENT || result == -ENOTDIR || result == -ELOOP ? 0 : result;
}

static long make_opaque_directory(struct unpack *unpack, const struct request *request) {
  long fd = place_directory(unpack, request->path);
  return fd < 0 ? fd : answer_mark(unpack, (int)fd, COMMAND_OPAQUE);
}

static long make(struct unpack *unpack, const struct request *request) {
  uint16_t type = request->command->type;
  handler maker = type < sizeof makers / sizeof makers[0] ? makers[type] : NULL;
  if (maker == NULL) {
    unpack->step = STEP_COMMAND;
    return -EINVAL;
  }
  struct place place;
  long result = place_for(unpack, request->path, &place);
  return result < 0 ? result : maker(unpack, request, &place);
}

static long carry_out(struct unpack *unpack, const struct request *request) {
  switch (request->command->type) {
  case COMMAND_BEGIN:
    unpack->limit = request->command->limit;
    return 0;
  case COMMAND_OPAQUE:
    return make_opaque_directory(unpack, request);
  case COMMAND_TIME:
    return set_directory_time(unpack, request);
  default:
    return make(unpack, request);
  }
}

static long run(struct unpack *unpack) {
  for (;;) {
    struct request request;
    long result = read_request(unpack, &request);
    if (result >= 0 && request.command->type == COMMAND_END) {
      return 0;
    }
    if (result >= 0) {
      result = carry_out(unpack, &request);
    }
    if (result < 0) {
      return result;
    }
  }
}

long unpack_run(struct unpack *unpack, int root, int commands, int answers) {
  unpack->root = root;
  unpack->input.fd = commands;
  unpack->answers = answers;
  unpack->directory_fd = -1;
  long result = run(unpack);
  if (result < 0) {
    answer_failed(unpack, result);
  } else {
    answer_done(unpack);
  }
  return result;
}
