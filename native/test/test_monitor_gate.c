/* START before all of PREPARE: the child waits at its gate for the rest. */
#include "monitor_client.h"

static const struct child_options gated = {.flags = MESSAGE_GATED};

/* The cgroup, without which nothing can be cloned. */
static struct preparation first_part(const struct fixture *fixture) {
  struct preparation own = {.message = preparation(fixture).message, .wire = plan_wire(1)};
  own.message.run_slot = own.message.log_slot = own.message.listener_slot = PLAN_NO_SLOT;
  /* No plan is without a step. */
  wire_before(&own.wire, PLAN_OP_OPEN_PATH, wire_string(&own.wire, "/"), O_PATH, 1);
  return own;
}

static struct preparation last_part(const struct fixture *fixture) {
  struct preparation own = preparation(fixture);
  own.message.cgroup_slot = PLAN_NO_SLOT;
  return own;
}

/* Its inputs: the cgroup, the gate, the streams. */
static struct plan_wire gated_plan(const char *script) {
  struct plan_wire wire = child_plan(5);
  /* The other end of the gate, too. */
  wire_step(&wire, PLAN_OP_CLOSE_OTHERS, 3);
  wire_step(&wire, PLAN_OP_AWAIT_GATE, 1);
  add_streams(&wire, 2);
  add_exec(&wire, script);
  return wire;
}

/* A session on which the last part of PREPARE is missing. */
static int start_gated(struct fixture *fixture, const char *script, struct child_options options) {
  struct plan_wire wire = gated_plan(script);
  int connection = take_session(fixture);
  send_preparation(fixture, connection, first_part(fixture));
  send_plan(connection, &wire, start_message(&options));
  return connection;
}

/* Whether the cgroup comes to hold no process. */
static bool comes_to_be_empty(const struct fixture *fixture) {
  return comes_to_contain(fixture->cgroup, "cgroup.events", "populated 0");
}

static void waits_for_the_rest(void) {
  struct fixture fixture = fixture_start();
  int connection = start_gated(&fixture, "echo through; exit 3", gated);
  ok(comes_to_contain(fixture.cgroup, "cgroup.events", "populated 1"), "START, gated: the child is there");
  ok(receive(connection, 200).size == -1, "and does not come to execve");
  send_preparation(&fixture, connection, last_part(&fixture));
  ok(is_started(receive(connection, TEST_DEADLINE_MS)), "before the last part of PREPARE is done");
  ok(is_exited(receive(connection, TEST_DEADLINE_MS), EXIT_EXITED, 3), "then it runs");
  ok(comes_to_contain(fixture.log, "0.log", "stdout F through"), "and its log is kept");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends after it");
  close(connection);
  fixture_end(&fixture);
}

static void takes_all_at_once(void) {
  struct fixture fixture = fixture_start();
  int connection = start_gated(&fixture, "sleep 100", gated);
  send_preparation(&fixture, connection, last_part(&fixture));
  ok(is_started(receive(connection, TEST_DEADLINE_MS)), "START, gated: the last part may be there already");
  ok(count_idle_fds(fixture.monitor) > 0 && exists(fixture.run, "started.json"), "and the start is recorded");
  int second = fixture_connect(&fixture);
  send_preparation(&fixture, second, last_part(&fixture));
  ok(is_failed(receive(second, TEST_DEADLINE_MS), FAILED_REFUSED, EALREADY), "another part is refused");
  send_preparation(&fixture, connection, last_part(&fixture));
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_REFUSED, EALREADY), "by whoever comes with it");
  ok(wait_for_monitor(&fixture, 200) == -1, "and the container runs on");
  close(second);
  close(connection);
  fixture_end(&fixture);
}

/* One that ends the start: nothing of the container has run then, and nothing of it is left. */
static void comes_to_nothing(const char *what, struct fixture *fixture, int connection, struct reply expected) {
  const struct message_failed *failed = &expected.body.failed;
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), failed->phase, failed->error), "START, gated: %s", what);
  ok(receive(connection, TEST_DEADLINE_MS).size == 0, "and that is all");
  ok(wait_for_monitor(fixture, 2000) == 0, "and the monitor ends");
  ok(comes_to_be_empty(fixture), "and the child is gone");
  ok(!exists(fixture->run, "ran"), "and has never come to execve");
  close(connection);
  fixture_end(fixture);
}

static struct reply failure(enum failed_phase phase, int error) {
  return (struct reply){.body.failed = {.phase = phase, .error = error}};
}

static const char *touch(const struct fixture *fixture) {
  static char script[128];
  snprintf(script, sizeof script, "touch %s/run/ran", fixture->path);
  return script;
}

static void fails_with_the_rest(void) {
  struct fixture fixture = fixture_start();
  int connection = start_gated(&fixture, touch(&fixture), gated);
  snprintf(fixture.log_path, sizeof fixture.log_path, "/nowhere");
  send_preparation(&fixture, connection, last_part(&fixture));
  comes_to_nothing("a step of the last part fails", &fixture, connection, failure(FAILED_GATED, ENOENT));
  fixture = fixture_start();
  connection = start_gated(&fixture, touch(&fixture), gated);
  send_preparation(&fixture, connection, first_part(&fixture));
  comes_to_nothing("the last part has something again", &fixture, connection, failure(FAILED_MALFORMED, EINVAL));
  fixture = fixture_start();
  connection = start_gated(&fixture, touch(&fixture), gated);
  struct preparation incomplete = last_part(&fixture);
  incomplete.message.listener_slot = PLAN_NO_SLOT;
  send_preparation(&fixture, connection, incomplete);
  comes_to_nothing("the last part has not all", &fixture, connection, failure(FAILED_MALFORMED, EPROTO));
  fixture = fixture_start();
  struct child_options hasty = gated;
  hasty.deadline_ms = 100;
  connection = start_gated(&fixture, touch(&fixture), hasty);
  comes_to_nothing("the last part does not come in time", &fixture, connection, failure(FAILED_DEADLINE, ETIMEDOUT));
}

static void wants_what_it_is_told(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = gated_plan("true");
  int connection = take_session(&fixture);
  send_plan(connection, &wire, start_message(&gated));
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_MALFORMED, EPROTO), "START, gated: takes a cgroup");
  close(connection);
  fixture_end(&fixture);
  fixture = fixture_start();
  wire = gated_plan("true");
  connection = take_session(&fixture);
  send_preparation(&fixture, connection, preparation(&fixture));
  send_plan(connection, &wire, start_message(&gated));
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_MALFORMED, EPROTO), "and something to wait for");
  close(connection);
  fixture_end(&fixture);
}

static void ends_with_its_session(void) {
  struct fixture fixture = fixture_start();
  int connection = start_gated(&fixture, touch(&fixture), gated);
  ok(comes_to_contain(fixture.cgroup, "cgroup.events", "populated 1"), "START, gated: the child waits");
  close(connection);
  ok(wait_for_monitor(&fixture, 2000) == 0, "a session that is closed before the last part ends the monitor");
  ok(comes_to_be_empty(&fixture), "and the child");
  ok(!exists(fixture.run, "ran"), "which has never come to execve");
  fixture_end(&fixture);
}

/* Whoever can get hold of a waiting child could open its gate for it. */
static void does_not_go_ahead(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(5);
  int connection = take_session(&fixture);
  add_streams(&wire, 2);
  add_exec(&wire, "sleep 100");
  send_preparation(&fixture, connection, first_part(&fixture));
  send_plan(connection, &wire, start_message(&gated));
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_KILLED, ECHILD),
     "START, gated: an execve before the last part is none");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  ok(comes_to_be_empty(&fixture), "and what went ahead");
  close(connection);
  fixture_end(&fixture);
}

static void does_not_outlive_its_monitor(void) {
  struct fixture fixture = fixture_start();
  int connection = start_gated(&fixture, touch(&fixture), gated);
  ok(comes_to_contain(fixture.cgroup, "cgroup.events", "populated 1"), "START, gated: the child waits");
  sleep_ms(50);
  kill(fixture.monitor, SIGKILL);
  ok(comes_to_be_empty(&fixture), "and ends by itself when its monitor is killed");
  ok(!exists(fixture.run, "ran"), "before execve");
  close(connection);
  fixture_end(&fixture);
}

int main(void) {
  if (!fixture_is_possible()) {
    printf("1..0 # SKIP needs root and cgroup v2\n");
    return 0;
  }
  waits_for_the_rest();
  takes_all_at_once();
  fails_with_the_rest();
  wants_what_it_is_told();
  ends_with_its_session();
  does_not_go_ahead();
  does_not_outlive_its_monitor();
  return done_testing();
}
