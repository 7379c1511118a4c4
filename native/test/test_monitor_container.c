/* The monitor and its container: launch, log, record, end. */
#include "monitor_client.h"

static const struct child_options plain = {.flags = 0};

static void runs_a_container(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "echo out; echo err >&2; printf end; exit 3", plain);
  struct reply started = receive(connection, TEST_DEADLINE_MS);
  ok(is_started(started) && started.body.started.pid > 0, "START: is answered with pid and pidfd");
  ok(is_exited(receive(connection, TEST_DEADLINE_MS), EXIT_EXITED, 3), "START: is told the exit status");
  ok(receive(connection, TEST_DEADLINE_MS).size == 0, "START: is hung up on after that");
  ok(wait_for_monitor(&fixture, 2000) == 0, "the monitor exits after its container");
  char *log = read_at(fixture.log, "0.log");
  ok(strstr(log, "Z stdout F out\n") && strstr(log, "Z stderr F err\n") && strstr(log, "Z stdout P end\n"),
     "the output is in the log");
  char *exited = read_at(fixture.run, "exit.json");
  ok(strncmp(exited, "{\"version\":1,\"kind\":\"exited\",\"value\":3,\"startedAtNs\":\"1", 54) == 0, "exit.json: %.70s",
     exited);
  char *record = read_at(fixture.run, "started.json");
  char expected[64];
  snprintf(expected, sizeof expected, "{\"version\":1,\"pid\":%d,\"startTime\":", started.body.started.pid);
  ok(strncmp(record, expected, strlen(expected)) == 0 && record[strlen(expected)] != '0', "started.json: %.40s",
     record);
  free(log);
  free(exited);
  free(record);
  close(started.fd);
  close(connection);
  fixture_end(&fixture);
}

static void reports_a_failed_step(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  add_streams(&wire, 1);
  wire_step(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, "/nowhere"), 0, 5);
  add_exec(&wire, "true");
  int connection = send_start(&fixture, &wire, plain);
  struct reply reply = receive(connection, TEST_DEADLINE_MS);
  ok(is_failed(reply, FAILED_STEP, ENOENT) && reply.body.failed.step == 3, "START: a failed step is named");
  ok(wait_for_monitor(&fixture, 2000) == 0, "a container that never started ends its monitor");
  ok(!exists(fixture.run, "exit.json"), "and leaves no exit status");
  close(connection);
  fixture_end(&fixture);
}

static void reports_a_missing_program(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  const char *const paths[] = {"/nowhere/sh", NULL};
  add_streams(&wire, 1);
  uint64_t at[3] = {wire_strings(&wire, paths), wire_strings(&wire, paths), wire_strings(&wire, paths + 1)};
  wire_step(&wire, PLAN_OP_EXEC, at[0], at[1], at[2]);
  int connection = send_start(&fixture, &wire, (struct child_options){.flags = MESSAGE_TRACE});
  struct reply records = receive(connection, TEST_DEADLINE_MS);
  ok(records.body.type == MESSAGE_RECORD && (records.size - 8) % 16 == 0,
     "START: with trace the records are passed on");
  ok(is_failed(receive_type(connection, MESSAGE_FAILED), FAILED_STEP, ENOENT),
     "START: execve that fails is a failed step");
  close(connection);
  fixture_end(&fixture);
}

/* One START that is wrong in one way; each ends its monitor. */
static void refuses(const char *what, struct plan_wire wire, struct message_start start, bool extra_fd) {
  struct fixture fixture = fixture_start();
  int connection = take_session(&fixture);
  const int fds[] = {wire_memfd(&wire), fixture.cgroup};
  send_preparation(&fixture, connection, preparation(&fixture));
  send_request(connection, &start, sizeof start, fds, extra_fd ? 2 : 1);
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_MALFORMED, EINVAL), "START: %s is refused", what);
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  close(fds[0]);
  close(connection);
  fixture_end(&fixture);
}

static void refuses_malformed_starts(void) {
  struct plan_wire good = child_plan(4);
  add_streams(&good, 1);
  add_exec(&good, "true");
  const struct message_start start = start_message(&plain);
  struct plan_wire wire = good;
  wire.header.magic++;
  refuses("a plan that is none", wire, start, false);
  wire = good;
  wire.header.clone_flags = CLONE_VM;
  refuses("a child that shares memory", wire, start, false);
  refuses("a descriptor too many", good, start, true);
  wire = good;
  wire.header.input_count = 5;
  refuses("a descriptor too few", wire, start, false);
  wire = good;
  wire_before(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, "/"), O_RDONLY, 5);
  refuses("a step of the monitor's own", wire, start, false);
  wire = plan_wire(4);
  wire_before(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, "/"), O_RDONLY, 5);
  refuses("a plan without a child", wire, start, false);
  struct message_start bad = start;
  bad.deadline_ms = 0;
  refuses("a launch without a deadline", good, bad, false);
  bad = start;
  strcpy(bad.log_name, "../0.log");
  refuses("a log elsewhere", good, bad, false);
}

static void keeps_its_descriptors(void) {
  struct fixture fixture = fixture_start();
  int connection =
      start_script(&fixture, "ls /proc/self/fd | tr '\\n' ' '; grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status", plain);
  receive_type(connection, MESSAGE_EXITED);
  char *log = read_at(fixture.log, "0.log");
  ok(strstr(log, "stdout F 0 1 2 3 Sig") != NULL, "the container has 0, 1, 2 (and what ls opened) only");
  ok(strstr(log, "SigBlk:\t0000000000000000") && strstr(log, "SigIgn:\t0000000000000000"),
     "and no signal blocked or ignored");
  free(log);
  close(connection);
  fixture_end(&fixture);
}

static void kills_what_is_left(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "setsid sleep 1000 & exec true", plain);
  receive_type(connection, MESSAGE_EXITED);
  char *events = read_at(fixture.cgroup, "cgroup.events");
  for (int i = 0; i < 100 && strstr(events, "populated 1"); i++) {
    free(events);
    sleep_ms(10);
    events = read_at(fixture.cgroup, "cgroup.events");
  }
  ok(strstr(events, "populated 0") != NULL, "what the container's init leaves behind is killed");
  ok(wait_for_monitor(&fixture, 500) == 0, "and holds nothing up");
  free(events);
  close(connection);
  fixture_end(&fixture);
}

static void outlives_its_clients(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "sleep 0.3; echo late; kill -9 $$", plain);
  struct reply started = receive(connection, TEST_DEADLINE_MS);
  close(connection);
  int watcher = fixture_connect(&fixture);
  struct message_watch watch_message = {.type = MESSAGE_WATCH};
  send_request(watcher, &watch_message, sizeof watch_message, NULL, 0);
  struct reply reply = receive(watcher, TEST_DEADLINE_MS);
  ok(reply.body.type == MESSAGE_STATUS && reply.body.status.state == CONTAINER_RUNNING && reply.fd >= 0 &&
         reply.body.status.pid == started.body.started.pid && reply.body.status.started_ns > 0,
     "WATCH: is told the status, with a pidfd");
  ok(is_exited(receive(watcher, TEST_DEADLINE_MS), EXIT_SIGNALED, SIGKILL), "WATCH: is told the end");
  ok(comes_to_contain(fixture.log, "0.log", "F late\n"), "the log is written without a client");
  close(started.fd);
  close(reply.fd);
  close(watcher);
  fixture_end(&fixture);
}

static void kills_on_request(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done", plain);
  receive_type(connection, MESSAGE_STARTED);
  comes_to_contain(fixture.log, "0.log", "ready");
  struct message_kill message = {.type = MESSAGE_KILL, .signal = SIGTERM};
  int other = fixture_connect(&fixture);
  send_request(other, &message, sizeof message, NULL, 0);
  close(other);
  ok(is_exited(receive(connection, TEST_DEADLINE_MS), EXIT_EXITED, 9), "KILL: reaches the container's init");
  close(connection);
  fixture_end(&fixture);
}

static void shuts_down_only_when_idle(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "sleep 1000", plain);
  receive_type(connection, MESSAGE_STARTED);
  struct message_shutdown message = {.type = MESSAGE_SHUTDOWN};
  send_request(connection, &message, sizeof message, NULL, 0);
  ok(wait_for_monitor(&fixture, 200) == -1, "SHUTDOWN: is ignored while the container runs");
  close(connection);
  fixture_end(&fixture);
  fixture = fixture_start();
  connection = take_session(&fixture);
  send_request(connection, &message, sizeof message, NULL, 0);
  ok(wait_for_monitor(&fixture, 2000) == 0, "SHUTDOWN: ends a monitor that was never used");
  close(connection);
  fixture_end(&fixture);
}

static void gives_up_at_the_deadline(void) {
  struct fixture fixture = fixture_start();
  mkfifoat(fixture.run, "fifo", 0600);
  char path[128];
  snprintf(path, sizeof path, "%s/run/fifo", fixture.path);
  struct plan_wire wire = child_plan(4);
  wire_step(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, path), O_RDONLY, 5);
  add_exec(&wire, "true");
  int connection = send_start(&fixture, &wire, (struct child_options){.deadline_ms = 200});
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_DEADLINE, ETIMEDOUT),
     "START: a stuck child has a deadline");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  close(connection);
  fixture_end(&fixture);
}

static void refuses_a_second_start(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "sleep 1000", plain);
  receive_type(connection, MESSAGE_STARTED);
  int second = start_script(&fixture, "true", plain);
  ok(is_failed(receive(second, TEST_DEADLINE_MS), FAILED_REFUSED, EALREADY), "PREPARE: a second one is refused");
  close(second);
  second = fixture_connect(&fixture);
  struct plan_wire wire = child_plan(4);
  add_exec(&wire, "true");
  send_plan(second, &wire, start_message(&plain));
  ok(is_failed(receive(second, TEST_DEADLINE_MS), FAILED_REFUSED, EALREADY), "START: a second one is refused");
  struct message_watch message = {.type = MESSAGE_WATCH};
  send_request(connection, &message, sizeof message, NULL, 0);
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_MALFORMED, EPROTO), "a session has one part only");
  ok(wait_for_monitor(&fixture, 100) == -1, "and the container runs on");
  close(second);
  close(connection);
  fixture_end(&fixture);
}

/* One that was made ahead belongs to nobody but who made it. */
static void ends_with_its_first_session(void) {
  struct fixture fixture = fixture_start();
  ok(wait_for_monitor(&fixture, 200) == -1, "a monitor waits for its START");
  close(take_session(&fixture));
  ok(wait_for_monitor(&fixture, 2000) == 0, "and ends when its session is closed before that");
  ok(!exists(fixture.run, "monitor.sock"), "it has made nothing");
  fixture_end(&fixture);
}

static void refuses_steps_of_the_monitor(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "exec sleep 1000", plain);
  receive_type(connection, MESSAGE_STARTED);
  struct plan_wire wire = child_plan(4);
  add_streams(&wire, 1);
  add_exec(&wire, "true");
  wire_before(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, "/"), O_RDONLY, 5);
  int session = send_exec(&fixture, &wire, -1, plain);
  ok(is_failed(receive(session, TEST_DEADLINE_MS), FAILED_MALFORMED, EINVAL),
     "EXEC: has no steps of the monitor's own");
  close(session);
  close(connection);
  fixture_end(&fixture);
}

/* Who comes with START is there before the container is. */
static void admits_a_client_first(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  struct message_start start = start_message(&plain);
  struct message_attach attach = {.type = MESSAGE_ATTACH};
  int pair[2], output[2], connection = take_session(&fixture);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 || pipe2(output, O_CLOEXEC) < 0) abort();
  add_streams(&wire, 1);
  add_exec(&wire, "echo first");
  start.flags |= MESSAGE_WITH_SESSION;
  send_request(pair[0], &attach, sizeof attach, (int[]){output[1], output[1]}, 2);
  const int fds[] = {wire_memfd(&wire), pair[1]};
  send_preparation(&fixture, connection, preparation(&fixture));
  send_request(connection, &start, sizeof start, fds, 2);
  close(output[1]);
  char *text = read_all(output[0]);
  ok(strcmp(text, "first\n") == 0, "START: a client that comes with it misses nothing");
  free(text);
  for (int i = 0; i < 2; i++)
    close(pair[i]);
  close(fds[0]);
  close(output[0]);
  close(connection);
  fixture_end(&fixture);
}

int main(void) {
  if (!fixture_is_possible()) {
    printf("1..0 # SKIP needs root and cgroup v2\n");
    return 0;
  }
  runs_a_container();
  reports_a_failed_step();
  reports_a_missing_program();
  refuses_malformed_starts();
  keeps_its_descriptors();
  kills_what_is_left();
  outlives_its_clients();
  kills_on_request();
  shuts_down_only_when_idle();
  gives_up_at_the_deadline();
  refuses_a_second_start();
  ends_with_its_first_session();
  refuses_steps_of_the_monitor();
  admits_a_client_first();
  return done_testing();
}
