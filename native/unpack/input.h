/* Commands as they come out of a pipe, read in large pieces. */
#ifndef PEAPOD_UNPACK_INPUT_H
#define PEAPOD_UNPACK_INPUT_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_BYTES (256u << 10)

struct input {
  int fd;
  size_t start;
  size_t end;
  char bytes[INPUT_BYTES];
};

/* Exactly `size` bytes. -EPIPE when the input ends before. */
long input_take(struct input *input, void *to, size_t size);

/* The next bytes, at most `limit`, where they lie; their number. -EPIPE at the end. */
long input_next(struct input *input, uint64_t limit, const char **piece);

#endif
