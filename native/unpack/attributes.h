/* Owner, attributes, mode and times of what was made, in this order: a new owner takes away set-id bits and capabilities. */
#ifndef PEAPOD_UNPACK_ATTRIBUTES_H
#define PEAPOD_UNPACK_ATTRIBUTES_H

#include "unpack.h"

/* Of an open file or directory. */
long attributes_set(struct unpack *unpack, const struct request *request, int fd);

/* Of what must not be opened: a symlink, device or FIFO. */
long attributes_set_at(struct unpack *unpack, const struct request *request, const struct place *place);

/* The time alone, of a directory held by O_PATH. */
long attributes_set_time(struct unpack *unpack, const struct command *command, int fd);

#endif
