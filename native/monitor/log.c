#include "log.h"

#include "clock.h"
#include "monitor_syscalls.h"

#include <sys/uio.h>

#define PREFIX_BYTES 48 /* `2016-10-06T00:17:09.669794202Z stdout F ` */
#define BATCH_PIECES 128
#define VECTORS_PER_PIECE 3 /* prefix, content, and a newline where the content has none */

static const char *const stream_names[STREAM_COUNT] = {"stdout", "stderr"};

/* What becomes one line of the log. */
struct piece {
  const char *bytes;
  size_t size;
  bool ends_line; /* tag F, and its newline is its last byte */
};

/* Lines on their way to the file in one writev(2), all with the same time. */
struct batch {
  enum stream stream;
  char full_prefix[PREFIX_BYTES];
  char partial_prefix[PREFIX_BYTES];
  size_t prefix_size;
  char notice[64];
  uint64_t notice_lost; /* how many lost lines the first line of the batch tells of */
  uint64_t bytes;
  unsigned pieces;
  unsigned vectors;
  struct {
    size_t size;
    bool ends_line;
  } lines[BATCH_PIECES];
  struct iovec vector[BATCH_PIECES * VECTORS_PER_PIECE];
};

static size_t make_prefix(char *prefix, uint64_t now_ns, enum stream stream, const char *tag) {
  struct text text = {.bytes = prefix, .capacity = PREFIX_BYTES};
  clock_add_rfc3339(&text, now_ns);
  text_add(&text, " ");
  text_add(&text, stream_names[stream]);
  text_add(&text, tag);
  return text.length;
}

static void batch_start(struct batch *batch, enum stream stream) {
  uint64_t now_ns = clock_realtime_ns();
  batch->stream = stream;
  batch->prefix_size = make_prefix(batch->full_prefix, now_ns, stream, " F ");
  make_prefix(batch->partial_prefix, now_ns, stream, " P ");
  batch->notice_lost = 0;
  batch->bytes = 0;
  batch->pieces = 0;
  batch->vectors = 0;
}

static void batch_add_vector(struct batch *batch, const char *bytes, size_t size) {
  batch->vector[batch->vectors++] = (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
  batch->lines[batch->pieces].size += size;
  batch->bytes += size;
}

static void batch_add(struct batch *batch, const struct piece *piece) {
  batch->lines[batch->pieces].size = 0;
  batch->lines[batch->pieces].ends_line = piece->ends_line;
  batch_add_vector(batch, piece->ends_line ? batch->full_prefix : batch->partial_prefix, batch->prefix_size);
  batch_add_vector(batch, piece->bytes, piece->size);
  if (!piece->ends_line) {
    batch_add_vector(batch, "\n", 1);
  }
  batch->pieces++;
}

/* The line that stands in the log for those that were lost. */
static void batch_add_notice(struct batch *batch, uint64_t lost) {
  struct text text = {.bytes = batch->notice, .capacity = sizeof batch->notice};
  text_add(&text, "[peapod: ");
  text_add_number(&text, lost);
  text_add(&text, lost == 1 ? " line was lost here]\n" : " lines were lost here]\n");
  batch_add(batch, &(struct piece){.bytes = batch->notice, .size = text.length, .ends_line = true});
  batch->notice_lost = lost;
}

static void lose_piece(struct log_stream *stream, bool ends_line) {
  stream->losing = !ends_line;
  stream->lost += ends_line;
}

/* Cuts off the line that did not fit whole, and counts it and those after it as lost. */
static void keep_whole_lines(struct log *log, const struct batch *batch, uint64_t written) {
  struct log_stream *stream = &log->streams[batch->stream];
  unsigned kept = 0;
  while (kept < batch->pieces && batch->lines[kept].size <= written) {
    written -= batch->lines[kept].size;
    log->size += batch->lines[kept].size;
    kept++;
  }
  if (written > 0) {
    sys_ftruncate(log->fd, log->size);
  }
  if (kept > 0) {
    stream->lost -= batch->notice_lost;
  }
  for (unsigned i = kept; i < batch->pieces; i++) {
    bool is_notice = i == 0 && batch->notice_lost > 0;
    if (!is_notice) {
      lose_piece(stream, batch->lines[i].ends_line);
    }
  }
}

static void batch_write(struct log *log, struct batch *batch) {
  if (batch->pieces == 0) {
    return;
  }
  long written = log_prepare(log, batch->bytes);
  if (written == 0) {
    written = sys_writev(log->fd, batch->vector, (int)batch->vectors);
  }
  keep_whole_lines(log, batch, written > 0 ? (uint64_t)written : 0);
  batch_start(batch, batch->stream);
}

static void add_piece(struct log *log, struct batch *batch, const struct piece *piece) {
  struct log_stream *stream = &log->streams[batch->stream];
  if (stream->losing) {
    lose_piece(stream, piece->ends_line);
    return;
  }
  if (batch->pieces == 0 && stream->lost > 0) {
    batch_add_notice(batch, stream->lost);
  }
  batch_add(batch, piece);
  if (batch->pieces == BATCH_PIECES) {
    batch_write(log, batch);
  }
}

/* The line or the piece of one that `bytes` begin with; false when they are only the beginning of one. */
static bool next_piece(const char *bytes, size_t size, struct piece *piece) {
  size_t newline = text_find_newline(bytes, size < LOG_LINE_BYTES + 1 ? size : LOG_LINE_BYTES + 1);
  piece->bytes = bytes;
  piece->ends_line = newline < size && newline <= LOG_LINE_BYTES;
  piece->size = piece->ends_line ? newline + 1 : LOG_LINE_BYTES;
  return piece->ends_line || size > LOG_LINE_BYTES;
}

size_t log_write(struct log *log, enum stream stream, const char *bytes, size_t size) {
  struct batch batch;
  struct piece piece;
  size_t done = 0;
  batch_start(&batch, stream);
  while (done < size && next_piece(bytes + done, size - done, &piece)) {
    add_piece(log, &batch, &piece);
    done += piece.size;
  }
  batch_write(log, &batch);
  return done;
}

void log_write_last(struct log *log, enum stream stream, const char *bytes, size_t size) {
  struct batch batch;
  batch_start(&batch, stream);
  if (size > 0) {
    add_piece(log, &batch, &(struct piece){.bytes = bytes, .size = size, .ends_line = false});
    batch_write(log, &batch);
  }
  if (log->streams[stream].losing) {
    lose_piece(&log->streams[stream], true);
  }
}

bool log_has_losses(const struct log *log) {
  return log->streams[STREAM_STDOUT].lost > 0 || log->streams[STREAM_STDERR].lost > 0;
}

void log_retry(struct log *log) {
  for (int stream = 0; stream < STREAM_COUNT; stream++) {
    uint64_t lost = log->streams[stream].lost;
    if (lost > 0) {
      struct batch batch;
      batch_start(&batch, (enum stream)stream);
      batch_add_notice(&batch, lost);
      batch_write(log, &batch);
    }
  }
}
