/* Makes one thing at a place. What was there before goes first, unless both are directories. */
#ifndef PEAPOD_UNPACK_MAKE_H
#define PEAPOD_UNPACK_MAKE_H

#include "unpack.h"

long make_directory(struct unpack *unpack, const struct request *request, const struct place *place);
long make_file(struct unpack *unpack, const struct request *request, const struct place *place);
long make_symlink(struct unpack *unpack, const struct request *request, const struct place *place);
long make_link(struct unpack *unpack, const struct request *request, const struct place *place);
long make_node(struct unpack *unpack, const struct request *request, const struct place *place);

/*
 * Hides what is of this name in layers below. Something this layer has there itself does so already; a directory is
 * made opaque.
 */
long make_whiteout(struct unpack *unpack, const struct request *request, const struct place *place);

/* A directory that no command has named; opaque in place of a whiteout. */
long make_implied(struct unpack *unpack, const struct place *place);

bool is_whiteout(const struct place *place);

#endif
