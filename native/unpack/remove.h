#ifndef PEAPOD_UNPACK_REMOVE_H
#define PEAPOD_UNPACK_REMOVE_H

#include "unpack.h"

/* Removes what is at a place, a directory with all that is in it. */
long remove_at(struct unpack *unpack, const struct place *place);

#endif
