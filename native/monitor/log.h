/*
 * The container's log in the CRI format, `<time> <stream> <tag> <content>`, as kubelet reads it: tag F for content that
 * a newline ended, P for a piece of a longer line. Nothing here waits and nothing here fails the container: lines that
 * cannot be written are lost whole, counted, and the count is written in their place once writing works again.
 */
#ifndef PEAPOD_MONITOR_LOG_H
#define PEAPOD_MONITOR_LOG_H

#include "../core/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_BYTES 16384u /* content of one line, as containerd's max_container_log_line_size */

enum stream {
  STREAM_STDOUT = 0,
  STREAM_STDERR = 1,
  STREAM_COUNT = 2,
};

struct log_stream {
  uint64_t lost; /* lines not yet told of in the log */
  bool losing;   /* the line that is coming in lost a piece: the rest of it goes too */
};

struct log {
  int directory;
  int fd;             /* -1 while the file could not be opened */
  uint64_t size;      /* of the file, whole lines only */
  uint64_t max_bytes; /* 0: never rotated */
  uint32_t max_files;
  uint64_t last_rotation; /* the second that the newest rotated name shows */
  struct log_stream streams[STREAM_COUNT];
  char name[MESSAGE_LOG_NAME_BYTES];
};

struct log_limits {
  uint64_t max_bytes;
  uint32_t max_files;
};

/* Whether it is a plain file name that fits. */
bool log_name_is_valid(const char name[MESSAGE_LOG_NAME_BYTES]);

/* Opens the file, or leaves that to the first line when it cannot be opened now. */
void log_start(struct log *log, int directory, const char *name, struct log_limits limits);

/*
 * Writes the whole lines among `bytes`, and pieces of LOG_LINE_BYTES of longer ones. Returns how many bytes are done
 * with; what is left, at most LOG_LINE_BYTES, is the beginning of a line, to be given again with what follows it.
 */
size_t log_write(struct log *log, enum stream stream, const char *bytes, size_t size);

/* Writes the last bytes of a stream, a line that no newline ended. */
void log_write_last(struct log *log, enum stream stream, const char *bytes, size_t size);

bool log_has_losses(const struct log *log);

/* Tries to write how many lines were lost, if any were. */
void log_retry(struct log *log);

/* For a batch of `bytes`: an open file, rotated if it would grow over its limit. Returns 0 or a negative errno. */
int log_prepare(struct log *log, uint64_t bytes);

/* Opens the file if it is not open. Returns 0 or a negative errno. */
int log_open(struct log *log);

/* Renames the file to `<name>.YYYYMMDD-HHMMSS`, removes the oldest beyond max_files and begins a new one. */
int log_rotate(struct log *log);

#endif
