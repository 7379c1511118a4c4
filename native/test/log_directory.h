/* A log under test, in a directory of its own. */
#ifndef PEAPOD_LOG_DIRECTORY_H
#define PEAPOD_LOG_DIRECTORY_H

#include "../monitor/log.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX_SIZE 39 /* `2016-10-06T00:17:09.669794202Z stdout F ` without its last space */

static const struct log_limits unlimited = {.max_bytes = 0, .max_files = 0};

/* A directory of its own for each test, removed with all that is in it. */
struct directory {
  char path[64];
  int fd;
};

static inline struct directory make_directory(void) {
  struct directory directory = {.path = "/tmp/peapod-log-XXXXXX"};
  if (mkdtemp(directory.path) == NULL) abort();
  directory.fd = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return directory;
}

static inline void remove_directory(struct directory *directory) {
  DIR *entries = opendir(directory->path);
  struct dirent *entry;
  while ((entry = readdir(entries)) != NULL) {
    unlinkat(directory->fd, entry->d_name, 0);
  }
  closedir(entries);
  close(directory->fd);
  rmdir(directory->path);
}

static inline struct log start(const struct directory *directory, struct log_limits limits) {
  char name[MESSAGE_LOG_NAME_BYTES] = "0.log";
  struct log log;
  log_start(&log, directory->fd, name, limits);
  return log;
}

static inline char *read_file(int directory, const char *name, size_t *size) {
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
  struct stat status = {.st_size = 0};
  fstat(fd, &status);
  char *content = calloc(1, (size_t)status.st_size + 1);
  *size = (size_t)read(fd, content, (size_t)status.st_size);
  close(fd);
  return content;
}

static inline size_t write_text(struct log *log, enum stream stream, const char *text) {
  return log_write(log, stream, text, strlen(text));
}

/* The log as `<stream> <tag> <content>` lines, without the times. */
static inline char *read_without_times(const struct directory *directory) {
  size_t size;
  char *content = read_file(directory->fd, "0.log", &size);
  char *stripped = calloc(1, size + 1);
  for (char *line = strtok(content, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    strcat(stripped, strchr(line, ' ') + 1);
    strcat(stripped, "\n");
  }
  free(content);
  return stripped;
}

static inline void is_log(const struct directory *directory, const char *expected, const char *description) {
  char *actual = read_without_times(directory);
  if (!ok(strcmp(actual, expected) == 0, "%s", description)) {
    note("%s", actual);
  }
  free(actual);
}

#endif
