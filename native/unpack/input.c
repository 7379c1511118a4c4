#include "input.h"

#include "unpack_syscalls.h"

#include <errno.h>

static long fill(struct input *input) {
  long size;
  do {
    size = sys_read(input->fd, input->bytes, sizeof input->bytes);
  } while (size == -EINTR);
  if (size <= 0) {
    return size == 0 ? -EPIPE : size;
  }
  input->start = 0;
  input->end = (size_t)size;
  return 0;
}

long input_next(struct input *input, uint64_t limit, const char **piece) {
  if (input->start == input->end) {
    long result = fill(input);
    if (result < 0) {
      return result;
    }
  }
  size_t size = input->end - input->start;
  if (size > limit) {
    size = limit;
  }
  *piece = input->bytes + input->start;
  input->start += size;
  return (long)size;
}

long input_take(struct input *input, void *to, size_t size) {
  for (size_t at = 0; at < size;) {
    const char *piece = NULL;
    long taken = input_next(input, size - at, &piece);
    if (taken < 0) {
      return taken;
    }
    __builtin_memcpy((char *)to + at, piece, (size_t)taken);
    at += (size_t)taken;
  }
  return 0;
}
