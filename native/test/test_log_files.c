/* The files of a log: rotation, and a file system that takes no more. */
#include "log_directory.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

static int count_files(const struct directory *directory) {
  int count = 0;
  DIR *entries = opendir(directory->path);
  struct dirent *entry;
  while ((entry = readdir(entries)) != NULL) {
    count += entry->d_name[0] != '.';
  }
  closedir(entries);
  return count;
}

static int compare_names(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_rotated(const struct dirent *entry) {
  return strncmp(entry->d_name, "0.log.", 6) == 0;
}

/* The numbers at the ends of the lines, over all files in order of age: the first, and how many follow without a gap. */
static void count_sequence(const struct directory *directory, long *first, long *last, bool *gapless) {
  struct dirent **names;
  int count = scandir(directory->path, &names, is_rotated, compare_names);
  *first = -1;
  *gapless = true;
  for (int i = 0; i <= count; i++) {
    size_t size;
    char *content = read_file(directory->fd, i < count ? names[i]->d_name : "0.log", &size);
    for (char *line = strtok(content, "\n"); line != NULL; line = strtok(NULL, "\n")) {
      long number = atol(line + PREFIX_SIZE + 1);
      *gapless = *gapless && (*first < 0 || number == *last + 1);
      *first = *first < 0 ? number : *first;
      *last = number;
    }
    free(content);
    if (i < count) free(names[i]);
  }
  free(names);
}

static void rotates(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, (struct log_limits){.max_bytes = 20000, .max_files = 4});
  close(openat(directory.fd, "1.log.20200101-000000", O_CREAT | O_WRONLY, 0600));
  close(openat(directory.fd, "0.log.txt", O_CREAT | O_WRONLY, 0600));
  long lines = 5000;
  for (long i = 0; i < lines; i++) {
    char line[32];
    snprintf(line, sizeof line, "%ld\n", i);
    write_text(&log, STREAM_STDOUT, line);
  }
  long first, last = 0;
  bool gapless;
  count_sequence(&directory, &first, &last, &gapless);
  ok(count_files(&directory) == 4 + 2, "log_rotate: keeps max_files, and what is not its own");
  ok(gapless && last == lines - 1, "log_rotate: no line is lost or doubled in what is kept");
  ok(first > 0 && first < lines - 3 * 20000 / 60, "log_rotate: the oldest go first");
  struct stat status;
  fstatat(directory.fd, "0.log", &status, 0);
  ok(status.st_size <= 20000, "log_rotate: no file grows over its limit");
  close(log.fd);
  remove_directory(&directory);
}

static void rotates_with_one_file(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, (struct log_limits){.max_bytes = 100, .max_files = 1});
  for (int i = 0; i < 10; i++) {
    write_text(&log, STREAM_STDOUT, "a line of some length\n");
  }
  ok(count_files(&directory) == 1, "log_rotate: with max_files 1 nothing old is kept");
  close(log.fd);
  remove_directory(&directory);
}

static void follows_no_link(void) {
  struct directory directory = make_directory();
  if (symlinkat("/tmp/peapod-log-target", directory.fd, "0.log") < 0) abort();
  struct log log = start(&directory, unlimited);
  write_text(&log, STREAM_STDOUT, "x\n");
  ok(log.fd < 0 && access("/tmp/peapod-log-target", F_OK) < 0, "log_start: follows no symbolic link");
  ok(log.streams[STREAM_STDOUT].lost == 1, "log_write: counts what it cannot write");
  unlinkat(directory.fd, "0.log", 0);
  log_retry(&log);
  is_log(&directory, "stdout F [peapod: 1 line was lost here]\n", "log_retry: opens the file when that works again");
  close(log.fd);
  mkfifoat(directory.fd, "fifo", 0600);
  char fifo[MESSAGE_LOG_NAME_BYTES] = "fifo";
  log_start(&log, directory.fd, fifo, unlimited);
  ok(log.fd < 0, "log_start: waits for no FIFO");
  remove_directory(&directory);
}

static void limit_file_size(rlim_t size) {
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = size, .rlim_max = RLIM_INFINITY});
}

static void counts_lost_lines(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, unlimited);
  write_text(&log, STREAM_STDOUT, "kept\n");
  limit_file_size(log.size + 60);
  write_text(&log, STREAM_STDOUT, "kept too\nlost with a tail that does not fit\nlost\n");
  limit_file_size(RLIM_INFINITY); /* our own output is a file, perhaps */
  ok(log.streams[STREAM_STDOUT].lost == 2, "log_write: lines that do not fit are counted");
  is_log(&directory, "stdout F kept\nstdout F kept too\n", "log_write: lines are written whole or not at all");
  limit_file_size(log.size);
  write_text(&log, STREAM_STDERR, "lost, and longer than what is left of the file\n");
  limit_file_size(RLIM_INFINITY);
  ok(log_has_losses(&log), "log_has_losses: until the log tells them");
  write_text(&log, STREAM_STDOUT, "next\n");
  log_retry(&log);
  ok(!log_has_losses(&log), "log_retry: tells what the next line did not");
  is_log(&directory,
         "stdout F kept\nstdout F kept too\nstdout F [peapod: 2 lines were lost here]\nstdout F next\n"
         "stderr F [peapod: 1 line was lost here]\n",
         "log_write: the loss is told once, where it happened");
  close(log.fd);
  remove_directory(&directory);
}

static void loses_the_rest_of_a_line(void) {
  struct directory directory = make_directory();
  struct log log = start(&directory, unlimited);
  static char line[LOG_LINE_BYTES + 1];
  memset(line, 'a', sizeof line);
  limit_file_size(10);
  size_t done = log_write(&log, STREAM_STDOUT, line, sizeof line);
  limit_file_size(RLIM_INFINITY);
  ok(done == LOG_LINE_BYTES && !log_has_losses(&log), "log_write: a line is lost when its end is");
  write_text(&log, STREAM_STDOUT, "the end of that line\nnext\n");
  is_log(&directory, "stdout F [peapod: 1 line was lost here]\nstdout F next\n", "log_write: half a line is no line");
  close(log.fd);
  remove_directory(&directory);
}

static void survives_a_full_disk(void) {
  if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0) {
    skip("log_write: a full disk needs root");
    return;
  }
  struct directory directory = make_directory();
  mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
  mount("none", directory.path, "tmpfs", 0, "size=64k");
  close(directory.fd);
  directory.fd = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct log log = start(&directory, unlimited);
  static char chunk[32768];
  memset(chunk, 'b', sizeof chunk);
  for (size_t i = 99; i < sizeof chunk; i += 100)
    chunk[i] = '\n';
  for (int i = 0; i < 100; i++)
    log_write(&log, STREAM_STDOUT, chunk, 32700);
  uint64_t lost = log.streams[STREAM_STDOUT].lost;
  ok(lost > 0 && log.size <= 65536, "log_write: goes on when the disk is full");
  size_t size;
  char *content = read_file(directory.fd, "0.log", &size);
  ok(size == log.size && content[size - 1] == '\n', "log_write: leaves no torn line on a full disk");
  ok(lost + size / 140 == 100 * 327, "log_write: every line is written or counted");
  free(content);
  log.max_bytes = 1;
  log.max_files = 1;
  write_text(&log, STREAM_STDOUT, "after\n");
  char expected[96];
  snprintf(expected, sizeof expected, "stdout F [peapod: %lu lines were lost here]\nstdout F after\n", lost);
  is_log(&directory, expected, "log_rotate: works on a full disk, and the loss is told");
  close(log.fd);
  close(directory.fd);
  umount(directory.path);
  rmdir(directory.path);
}

int main(void) {
  signal(SIGXFSZ, SIG_IGN);
  rotates();
  rotates_with_one_file();
  follows_no_link();
  counts_lost_lines();
  loses_the_rest_of_a_line();
  survives_a_full_disk();
  return done_testing();
}
