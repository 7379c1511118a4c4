#include "title.h"

#include "text.h"

/* Where the kernel reads our arguments: to put them elsewhere (PR_SET_MM) takes CAP_SYS_RESOURCE. */
static char *room;
static size_t room_bytes;

void title_begin(char **argv) {
  if (argv[0] == NULL || argv[1] == NULL) {
    return;
  }
  room = argv[1];
  room_bytes = text_length(room);
  __builtin_memset(room, 0, room_bytes);
}

void title_set(const char *name) {
  size_t length = text_length(name);
  if (room_bytes > 0) {
    __builtin_memcpy(room, name, length < room_bytes ? length : room_bytes);
  }
}
