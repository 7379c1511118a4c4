/* The unpacking program's loop under the sanitizers: what it makes, what it answers, and any bytes for commands. */
#include "../unpack/unpack.h"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAM_MAX 65536
#define ROUNDS 3000

struct stream {
  size_t size;
  char bytes[STREAM_MAX];
};

struct text {
  const char *path;
  const char *target;
};

static void add(struct stream *stream, const void *bytes, size_t size) {
  memcpy(stream->bytes + stream->size, bytes, size);
  stream->size += size;
}

static void add_text(struct stream *stream, const char *text) {
  add(stream, text, strlen(text) + 1);
  add(stream, "\0\0\0", (4 - (strlen(text) + 1) % 4) % 4);
}

static size_t padded(const char *text) {
  return (strlen(text) + 4) & ~(size_t)3;
}

/* A command without attributes, owned by whoever runs the test. */
static void add_command(struct stream *stream, struct command command, struct text text) {
  command.size = (uint32_t)(sizeof command + padded(text.path) + padded(text.target));
  command.path_size = (uint32_t)strlen(text.path) + 1;
  command.target_size = (uint32_t)strlen(text.target) + 1;
  command.uid = getuid();
  command.gid = getgid();
  add(stream, &command, sizeof command);
  add_text(stream, text.path);
  add_text(stream, text.target);
}

static void begin(struct stream *stream, uint32_t limit) {
  stream->size = 0;
  add_command(stream, (struct command){.type = COMMAND_BEGIN, .limit = limit}, (struct text){"", ""});
}

static void end(struct stream *stream) {
  add_command(stream, (struct command){.type = COMMAND_END}, (struct text){"", ""});
}

static void add_file(struct stream *stream, const char *path, const char *content) {
  struct command command = {.type = COMMAND_FILE, .mode = 0640, .seconds = 5, .body_size = strlen(content)};
  add_command(stream, command, (struct text){path, ""});
  add(stream, content, strlen(content));
}

/* Runs a stream of commands beneath `root`, in a process of its own. The last answer, and what follows it in `path`. */
static struct answer run(const struct stream *stream, const char *root, char *path) {
  int commands[2], answers[2];
  if (pipe(commands) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, answers) != 0) {
    abort();
  }
  pid_t pid = fork();
  if (pid == 0) {
    static struct unpack unpack;
    close(commands[1]);
    close(answers[0]);
    umask(0);
    unpack_run(&unpack, open(root, O_PATH | O_DIRECTORY), commands[0], answers[1]);
    _exit(0);
  }
  close(commands[0]);
  close(answers[1]);
  if (write(commands[1], stream->bytes, stream->size) < 0 && errno != EPIPE) {
    abort();
  }
  close(commands[1]);
  char received[sizeof(struct answer) + COMMAND_PATH_MAX] = "";
  ssize_t size = 0;
  struct answer answer = {0};
  const uint32_t no_error = 0;
  while ((size = read(answers[0], received, sizeof received)) > 0) {
    memcpy(&answer, received, sizeof answer);
    memcpy(path, received + sizeof answer, (size_t)size - sizeof answer);
    path[(size_t)size - sizeof answer] = '\0';
    if (answer.type == ANSWER_MARK && write(answers[0], &no_error, sizeof no_error) < 0) {
      break;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  close(answers[0]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    answer.type = 0;
  }
  return answer;
}

static bool has(const char *root, const char *path, mode_t mode) {
  char whole[256];
  struct stat status;
  snprintf(whole, sizeof whole, "%s/%s", root, path);
  return lstat(whole, &status) == 0 && status.st_mode == mode;
}

static void makes_what_it_is_told(const char *root) {
  static struct stream stream;
  char path[COMMAND_PATH_MAX];
  begin(&stream, 100);
  add_file(&stream, "new/deep/file", "content");
  add_command(&stream, (struct command){.type = COMMAND_DIRECTORY, .mode = 02750}, (struct text){"new", ""});
  add_command(&stream, (struct command){.type = COMMAND_SYMLINK}, (struct text){"new/link", "/new/deep"});
  add_command(&stream, (struct command){.type = COMMAND_LINK}, (struct text){"other", "new/link/file"});
  add_command(&stream, (struct command){.type = COMMAND_NODE, .mode = S_IFIFO | 0600}, (struct text){"fifo", ""});
  add_command(&stream, (struct command){.type = COMMAND_OPAQUE}, (struct text){"new", ""});
  end(&stream);
  struct answer answer = run(&stream, root, path);
  ok(answer.type == ANSWER_DONE, "whole commands are carried out: %u, step %u: %s", answer.type, answer.step,
     strerror((int)answer.error));
  ok(has(root, "new/deep/file", S_IFREG | 0640), "a file, and the directories it lies in");
  ok(has(root, "new", S_IFDIR | 02750), "a directory gets its mode");
  ok(has(root, "new/link", S_IFLNK | 0777), "a symlink");
  ok(has(root, "other", S_IFREG | 0640), "a hard link, through a symlink that is absolute");
  ok(has(root, "fifo", S_IFIFO | 0600), "a FIFO");
}

static void replaces(const char *root) {
  static struct stream stream;
  char path[COMMAND_PATH_MAX];
  begin(&stream, 1000);
  char deep[1024] = "tree";
  for (int i = 0; i < 200; i++) {
    strcat(deep, "/dd");
  }
  add_file(&stream, deep, "x");
  add_file(&stream, "tree/dd/another", "x");
  add_file(&stream, "tree", "now a file");
  end(&stream);
  struct answer answer = run(&stream, root, path);
  ok(answer.type == ANSWER_DONE, "a tree 200 deep is replaced: step %u: %s", answer.step, strerror((int)answer.error));
  ok(has(root, "tree", S_IFREG | 0640), "by a file");
}

static void stops(const char *root) {
  static struct stream stream;
  char path[COMMAND_PATH_MAX];
  begin(&stream, 2);
  add_file(&stream, "one/two/three", "x");
  end(&stream);
  struct answer answer = run(&stream, root, path);
  ok(answer.type == ANSWER_FAILED && answer.step == STEP_LIMIT, "what is beyond the limit is not made");
  ok(strcmp(path, "one/two/three") == 0, "the answer names it: %s", path);
  begin(&stream, 10);
  add_command(&stream, (struct command){.type = COMMAND_SYMLINK}, (struct text){"away", "/nowhere"});
  add_file(&stream, "away/file", "x");
  answer = run(&stream, root, path);
  ok(answer.step == STEP_RESOLVE && answer.error == ENOENT, "a symlink that leads nowhere is no directory");
  begin(&stream, 10);
  answer = run(&stream, root, path);
  ok(answer.step == STEP_COMMAND && answer.error == EPIPE, "an input without an end is not whole");
  begin(&stream, 10);
  add_command(&stream, (struct command){.type = COMMAND_DIRECTORY}, (struct text){"..", ""});
  answer = run(&stream, root, path);
  ok(answer.type == ANSWER_FAILED && answer.error == EINVAL, "a name that climbs is refused");
}

/* Whole commands with bytes changed: each ends with an answer, none with a finding of the sanitizers. */
static void takes_any_bytes(const char *root) {
  static struct stream whole, changed;
  char path[COMMAND_PATH_MAX];
  begin(&whole, 50);
  add_file(&whole, "fuzz/file", "content");
  add_command(&whole, (struct command){.type = COMMAND_SYMLINK}, (struct text){"fuzz/link", "file"});
  add_command(&whole, (struct command){.type = COMMAND_TIME}, (struct text){"fuzz", ""});
  end(&whole);
  unsigned answered = 0;
  srand(1);
  for (int round = 0; round < ROUNDS; round++) {
    changed = whole;
    for (int i = rand() % 4; i >= 0; i--) {
      changed.bytes[(size_t)rand() % changed.size] = (char)(rand() % 3 == 0 ? rand() : rand() % 12);
    }
    changed.size -= (size_t)(rand() % 4 == 0 ? rand() : 0) % changed.size;
    answered += run(&changed, root, path).type != 0;
  }
  ok(answered == ROUNDS, "%u of %d streams of changed commands are answered", answered, ROUNDS);
}

int main(void) {
  char root[] = "/tmp/peapod-unpack-XXXXXX";
  signal(SIGPIPE, SIG_IGN);
  if (mkdtemp(root) == NULL) {
    return 1;
  }
  makes_what_it_is_told(root);
  replaces(root);
  stops(root);
  takes_any_bytes(root);
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", root);
  if (system(command) != 0) {
    return 1;
  }
  return done_testing();
}
