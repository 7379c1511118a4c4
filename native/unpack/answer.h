#ifndef PEAPOD_UNPACK_ANSWER_H
#define PEAPOD_UNPACK_ANSWER_H

#include "unpack.h"

void answer_done(const struct unpack *unpack);

/* Says what failed, with the path of the command in the head. */
void answer_failed(struct unpack *unpack, long error);

/* Has a directory marked, as opaque or as one with whiteouts, and waits until it is. */
long answer_mark(struct unpack *unpack, int directory, enum command_type kind);

#endif
