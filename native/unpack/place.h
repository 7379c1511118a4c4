/* Paths of an archive, resolved so that nothing outside the root can be reached. */
#ifndef PEAPOD_UNPACK_PLACE_H
#define PEAPOD_UNPACK_PLACE_H

#include "unpack.h"

/*
 * Where a thing is to be made. Directories missing on the way are made, root's and 0755; one that a whiteout stands for
 * comes into being opaque. `path` is cut at its last slash.
 */
long place_for(struct unpack *unpack, char *path, struct place *place);

/* Where a thing is. The directory is the caller's to close. */
long place_existing(struct unpack *unpack, char *path, struct place *place);

/*
 * The directory of a path, made like those on the way; it stays open until the next one is asked for. The descriptor is not
 * the caller's to close.
 */
long place_directory(struct unpack *unpack, char *path);

/* To be called when something was replaced: paths may now lead elsewhere. Places given out stay good. */
void place_forget(struct unpack *unpack);

#endif
