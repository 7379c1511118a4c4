/* The container's streams: clients that attach, slow ones too, input, terminals, and much output. */
#include "monitor_client.h"

static const struct child_options plain = {.flags = 0};

struct client {
  int connection;
  int input; /* -1 without one */
  int output;
  int errors;
};

static struct client attach(const struct fixture *fixture, bool with_input) {
  int input[2] = {-1, -1}, output[2], errors[2];
  struct client client = {.connection = fixture_connect(fixture), .input = -1};
  if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0 || pipe2(input, O_CLOEXEC) < 0) abort();
  struct message_attach message = {.type = MESSAGE_ATTACH, .flags = with_input ? ATTACH_STDIN : 0};
  const int fds[] = {input[0], output[1], errors[1]};
  send_request(client.connection, &message, sizeof message, with_input ? fds : fds + 1, with_input ? 3 : 2);
  close(input[0]);
  close(output[1]);
  close(errors[1]);
  client.output = output[0];
  client.errors = errors[0];
  client.input = with_input ? input[1] : (close(input[1]), -1);
  return client;
}

static void detach(struct client *client) {
  close(client->connection);
  close(client->output);
  close(client->errors);
  if (client->input >= 0) close(client->input);
}

/* A container that says nothing before its gate is opened, so that a client can be there first. */
static int start_gated(struct fixture *fixture, const char *script, struct child_options options) {
  char gated[1024];
  snprintf(gated, sizeof gated, "until [ -e %s/run/go ]; do sleep 0.02; done; %s", fixture->path, script);
  int connection = start_script(fixture, gated, options);
  receive_type(connection, MESSAGE_STARTED);
  return connection;
}

static void open_gate(const struct fixture *fixture) {
  sleep_ms(50);
  close(openat(fixture->run, "go", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void copies_output(void) {
  struct fixture fixture = fixture_start();
  int connection = start_gated(&fixture, "echo out; echo err >&2", plain);
  struct client client = attach(&fixture, false);
  open_gate(&fixture);
  char *output = read_all(client.output);
  char *errors = read_all(client.errors);
  ok(strcmp(output, "out\n") == 0 && strcmp(errors, "err\n") == 0, "ATTACH: from then on misses nothing");
  ok(comes_to_contain(fixture.log, "0.log", "stdout F out\n"), "ATTACH: and the log has it too");
  free(output);
  free(errors);
  detach(&client);
  close(connection);
  fixture_end(&fixture);
}

static void never_waits_for_a_laggard(void) {
  struct fixture fixture = fixture_start();
  int connection =
      start_gated(&fixture, "i=0; while [ $i -lt 20000 ]; do echo line $i of the output; i=$((i+1)); done", plain);
  struct client laggard = attach(&fixture, false);
  open_gate(&fixture);
  ok(is_exited(receive_type(connection, MESSAGE_EXITED), EXIT_EXITED, 0), "ATTACH: who does not read holds nobody up");
  ok(comes_to_contain(fixture.log, "0.log", "line 19999 of"), "ATTACH: and the log is whole");
  char *output = read_all(laggard.output);
  uint64_t dropped = 0, expected = 0;
  for (int i = 0; i < 20000; i++)
    expected += (uint64_t)snprintf(NULL, 0, "line %d of the output\n", i);
  int messages = 0;
  struct reply reply;
  while ((reply = receive(laggard.connection, 1000)).size > 0) {
    dropped += reply.body.type == MESSAGE_DROPPED && reply.body.dropped.stream == 1 ? reply.body.dropped.bytes : 0;
    messages++;
  }
  ok(messages >= 2 && messages < 20, "DROPPED: comes at the first loss and at the end, not with every loss (%d)",
     messages);
  ok(dropped + strlen(output) == expected, "DROPPED: accounts for every byte");
  free(output);
  detach(&laggard);
  close(connection);
  fixture_end(&fixture);
}

static void gives_input_once(void) {
  struct fixture fixture = fixture_start();
  int connection =
      start_script(&fixture, "cat; echo over", (struct child_options){.flags = MESSAGE_STDIN | MESSAGE_STDIN_ONCE});
  receive_type(connection, MESSAGE_STARTED);
  struct client client = attach(&fixture, true);
  wire_write(client.input, "hello\n", 6);
  close(client.input);
  client.input = -1;
  char *output = read_all(client.output);
  ok(strcmp(output, "hello\nover\n") == 0, "ATTACH: with stdinOnce input ends with its first client");
  ok(is_exited(receive(connection, TEST_DEADLINE_MS), EXIT_EXITED, 0), "ATTACH: and so the container ends");
  free(output);
  detach(&client);
  close(connection);
  fixture_end(&fixture);
}

static void keeps_input_open(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "read a; read b; echo $a $b", (struct child_options){.flags = MESSAGE_STDIN});
  receive_type(connection, MESSAGE_STARTED);
  const char *const lines[] = {"one\n", "two\n"};
  for (int i = 0; i < 2; i++) {
    struct client client = attach(&fixture, true);
    wire_write(client.input, lines[i], 4);
    sleep_ms(100);
    detach(&client);
  }
  ok(comes_to_contain(fixture.log, "0.log", "F one two\n"), "ATTACH: without stdinOnce input outlives its clients");
  close(connection);
  fixture_end(&fixture);
}

/* More input than any buffer on the way holds, to a container that begins to read late. */
static void holds_input_back(void) {
  struct fixture fixture = fixture_start();
  int connection =
      start_script(&fixture, "sleep 0.3; wc -c", (struct child_options){.flags = MESSAGE_STDIN | MESSAGE_STDIN_ONCE});
  receive_type(connection, MESSAGE_STARTED);
  struct client client = attach(&fixture, true);
  static char block[500000];
  wire_write(client.input, block, sizeof block);
  close(client.input);
  client.input = -1;
  ok(comes_to_contain(fixture.log, "0.log", "F 500000\n"), "ATTACH: input waits for the container, and none is lost");
  detach(&client);
  close(connection);
  fixture_end(&fixture);
}

static void closes_unwanted_input(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "exec sleep 1000", plain);
  receive_type(connection, MESSAGE_STARTED);
  struct client client = attach(&fixture, true);
  sleep_ms(100);
  signal(SIGPIPE, SIG_IGN);
  ok(write(client.input, "x", 1) < 0 && errno == EPIPE, "ATTACH: input nobody reads is closed");
  detach(&client);
  close(connection);
  fixture_end(&fixture);
}

/* The client keeps a copy of the end it gave away: closing ours alone would leave its events behind. */
static void forgets_a_client_that_left(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "exec sleep 1000", (struct child_options){.flags = MESSAGE_STDIN});
  receive_type(connection, MESSAGE_STARTED);
  int input[2], session = fixture_connect(&fixture), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (pipe2(input, O_CLOEXEC) < 0) abort();
  struct message_attach message = {.type = MESSAGE_ATTACH, .flags = ATTACH_STDIN};
  const int fds[] = {input[0], null, null};
  send_request(session, &message, sizeof message, fds, 3);
  sleep_ms(100);
  close(session);
  sleep_ms(100);
  wire_write(input[1], "x", 1);
  uint64_t before = cpu_ticks(fixture.monitor);
  sleep_ms(1000);
  ok(cpu_ticks(fixture.monitor) - before < 4, "ATTACH: input of a client that left is not waited for");
  close(null);
  close(input[0]);
  close(input[1]);
  close(connection);
  fixture_end(&fixture);
}

static void serves_a_terminal(void) {
  struct fixture fixture = fixture_start();
  struct message_resize resize = {.type = MESSAGE_RESIZE, .rows = 40, .columns = 100};
  int connection =
      start_gated(&fixture,
                  "until_size() { until [ \"$(stty size)\" = \"$1 $2\" ]; do sleep 0.02; done; stty size; };"
                  "test -t 0 && test -t 2 && until_size 40 100; read a; echo got $a; until_size 41 100; tty >&2",
                  (struct child_options){.flags = MESSAGE_TERMINAL | MESSAGE_STDIN});
  struct client client = attach(&fixture, true);
  send_request(client.connection, &resize, sizeof resize, NULL, 0);
  open_gate(&fixture);
  ok(comes_to_contain(fixture.log, "0.log", "stdout F 40 100\r\n"), "RESIZE: gives the terminal its size");
  resize.rows = 41;
  send_request(client.connection, &resize, sizeof resize, NULL, 0);
  sleep_ms(50);
  wire_write(client.input, "typed\n", 6);
  ok(comes_to_contain(fixture.log, "0.log", "stdout F got typed\r\n"), "ATTACH: input goes to the terminal");
  ok(comes_to_contain(fixture.log, "0.log", "stdout F 41 100\r\n"), "RESIZE: changes it later");
  ok(comes_to_contain(fixture.log, "0.log", "stdout F /dev/pts/"), "a terminal has one output");
  ok(is_exited(receive_type(connection, MESSAGE_EXITED), EXIT_EXITED, 0), "its container ends as others do");
  ok(wait_for_monitor(&fixture, 1000) == 0, "and its monitor with it");
  detach(&client);
  close(connection);
  fixture_end(&fixture);
}

static void survives_a_closed_terminal(void) {
  struct fixture fixture = fixture_start();
  int connection =
      start_script(&fixture, "t=$(tty); trap '' HUP; exec <&- >&- 2>&-; sleep 0.5; echo again > $t; sleep 0.1",
                   (struct child_options){.flags = MESSAGE_TERMINAL});
  receive_type(connection, MESSAGE_STARTED);
  sleep_ms(100);
  uint64_t before = cpu_ticks(fixture.monitor);
  sleep_ms(300);
  ok(cpu_ticks(fixture.monitor) - before < 10, "a terminal that nobody has open costs nothing");
  ok(comes_to_contain(fixture.log, "0.log", "F again\r\n"), "and may be opened again");
  close(connection);
  fixture_end(&fixture);
}

static int count_logs(const struct fixture *fixture) {
  int count = 0;
  DIR *entries = fdopendir(openat(fixture->log, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct dirent *entry;
  while ((entry = readdir(entries)) != NULL)
    count += entry->d_name[0] != '.';
  closedir(entries);
  return count;
}

static void rotates_much_output(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "seq -f 'a line of some length with its number %.0f' 1 200000",
                                (struct child_options){.log_max_bytes = 1 << 20, .log_max_files = 5});
  ok(is_exited(receive_type(connection, MESSAGE_EXITED), EXIT_EXITED, 0), "18 MB of log are written");
  ok(count_logs(&fixture) == 5, "into files of 1 MiB, of which the last 5 are kept");
  char path[700];
  snprintf(path, sizeof path,
           "cd %s/log && cat $(ls -r | sort -t. -k3 | grep 'log\\.') 0.log | awk "
           "'{n=$NF; if (p && n != p+1) bad=1; p=n; c++} END {exit bad || p != 200000 || c < 40000}'",
           fixture.path);
  ok(system(path) == 0, "no line is lost or doubled in them");
  close(connection);
  fixture_end(&fixture);
}

static void goes_on_when_the_log_is_full(void) {
  if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
    skip("a full disk needs a mount namespace");
    return;
  }
  if (mount("none", "/mnt", "tmpfs", 0, "size=256k") < 0) abort();
  struct fixture fixture = fixture_start_with_log("/mnt");
  int filler = open("/mnt/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  static char zeros[200 * 1024];
  wire_write(filler, zeros, sizeof zeros);
  close(filler);
  int connection = start_script(&fixture, "seq 1 20000; sleep 1000", plain);
  receive_type(connection, MESSAGE_STARTED);
  sleep_ms(500);
  ok(!is_readable(connection, 0), "a full disk does not end the container");
  unlink("/mnt/filler");
  ok(comes_to_contain(fixture.log, "0.log", " lines were lost here]\n"), "and the loss is told when there is space");
  close(connection);
  fixture_end(&fixture);
  umount("/mnt");
}

int main(void) {
  if (!fixture_is_possible()) {
    printf("1..0 # SKIP needs root and cgroup v2\n");
    return 0;
  }
  copies_output();
  never_waits_for_a_laggard();
  gives_input_once();
  keeps_input_open();
  holds_input_back();
  closes_unwanted_input();
  forgets_a_client_that_left();
  serves_a_terminal();
  survives_a_closed_terminal();
  rotates_much_output();
  goes_on_when_the_log_is_full();
  return done_testing();
}
