/* The monitor before its container: PREPARE, and what START finds of it. */
#include "monitor_client.h"

#include <linux/capability.h>

static const struct child_options plain = {.flags = 0};

/* One PREPARE that is wrong in one way; each ends its monitor, and the START behind it goes unheard. */
static void cannot_prepare(const char *what, struct fixture fixture, struct preparation own, int error) {
  struct plan_wire wire = child_plan(4);
  int connection = take_session(&fixture);
  add_streams(&wire, 1);
  add_exec(&wire, "true");
  send_preparation(&fixture, connection, own);
  send_plan(connection, &wire, start_message(&plain));
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_MALFORMED, error), "PREPARE: %s is refused", what);
  ok(receive(connection, TEST_DEADLINE_MS).size == 0, "and that is all");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  ok(!exists(fixture.log, "0.log"), "and nothing was begun");
  close(connection);
  fixture_end(&fixture);
}

static void refuses_malformed_preparations(void) {
  struct fixture fixture = fixture_start();
  struct preparation own = preparation(&fixture);
  own.wire.header.magic++;
  cannot_prepare("a plan that is none", fixture, own, EINVAL);
  fixture = fixture_start();
  own = preparation(&fixture);
  add_exec(&own.wire, "true");
  cannot_prepare("a plan with a child", fixture, own, EINVAL);
  fixture = fixture_start();
  own = preparation(&fixture);
  own.message.run_slot = own.wire.header.slot_count;
  cannot_prepare("a run directory in no slot", fixture, own, EINVAL);
  fixture = fixture_start();
  own = preparation(&fixture);
  own.message.listener_slot = own.wire.header.slot_count - 1;
  cannot_prepare("a socket in an empty slot", fixture, own, EINVAL);
}

static void wants_to_be_prepared(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  int connection = take_session(&fixture);
  add_streams(&wire, 1);
  add_exec(&wire, "true");
  send_plan(connection, &wire, start_message(&plain));
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_MALFORMED, EPROTO), "START: takes a PREPARE before it");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  close(connection);
  fixture_end(&fixture);
}

/* It may come in parts, and each thing once. */
static void is_prepared_in_parts(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  struct preparation first = {.message = preparation(&fixture).message, .wire = plan_wire(0)};
  int connection = take_session(&fixture);
  first.message.run_slot = first.message.log_slot = first.message.listener_slot = PLAN_NO_SLOT;
  first.message.cgroup_slot = PLAN_NO_SLOT;
  wire_string(&first.wire, ""); /* no plan is without one */
  wire_before(&first.wire, PLAN_OP_LIMIT_CAPABILITIES, 1 << CAP_DAC_OVERRIDE);
  int plan = wire_memfd(&first.wire);
  send_request(connection, &first.message, sizeof first.message, &plan, 1);
  send_preparation(&fixture, connection, preparation(&fixture));
  add_streams(&wire, 1);
  add_exec(&wire, "grep CapBnd /proc/self/status");
  send_plan(connection, &wire, start_message(&plain));
  ok(is_started(receive(connection, TEST_DEADLINE_MS)), "PREPARE: may come in parts");
  ok(comes_to_contain(fixture.log, "0.log", "CapBnd:\t0000000000000002"),
     "and what it limits, a container cannot have");
  close(plan);
  close(connection);
  fixture_end(&fixture);
  fixture = fixture_start();
  struct preparation own = preparation(&fixture);
  connection = take_session(&fixture);
  send_preparation(&fixture, connection, own);
  send_preparation(&fixture, connection, own);
  ok(is_failed(receive(connection, TEST_DEADLINE_MS), FAILED_PREPARE, EADDRINUSE),
     "PREPARE: a part that fails is told");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  close(connection);
  fixture_end(&fixture);
}

/* Whoever prepared it may not live to send START. */
static void ends_when_it_was_prepared_in_vain(void) {
  struct fixture fixture = fixture_start();
  int connection = take_session(&fixture);
  send_preparation(&fixture, connection, preparation(&fixture));
  ok(wait_for_monitor(&fixture, 200) == -1, "a monitor that has prepared waits for its START");
  ok(exists(fixture.run, "monitor.sock"), "and has done what it was asked to");
  close(connection);
  ok(wait_for_monitor(&fixture, 2000) == 0, "and ends when its session is closed before that");
  fixture_end(&fixture);
}

static void reports_a_failed_step_of_its_own(void) {
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  add_streams(&wire, 1);
  add_exec(&wire, "true");
  snprintf(fixture.log_path, sizeof fixture.log_path, "/nowhere");
  int connection = send_start(&fixture, &wire, plain);
  struct reply reply = receive(connection, TEST_DEADLINE_MS);
  ok(is_failed(reply, FAILED_PREPARE, ENOENT) && reply.body.failed.step == LOG_STEP, "PREPARE: a failed step is named");
  ok(wait_for_monitor(&fixture, 2000) == 0, "and the monitor ends");
  close(connection);
  fixture_end(&fixture);
}

/* As the engine asks: the plan behind the request, and what the monitor was made with and has prepared among its inputs. */
static void gives_what_it_has(void) {
  struct fixture fixture = fixture_start();
  struct {
    struct message_start start;
    char wire[sizeof(struct plan_wire)];
  } request = {.start = start_message(&plain)};
  struct preparation own = preparation(&fixture);
  struct plan_wire wire = plan_wire(6);
  wire.header.cgroup_slot = 2;
  wire_step(&wire, PLAN_OP_CHANGE_DIRECTORY, 0);
  wire_step(&wire, PLAN_OP_CHANGE_DIRECTORY, 1);
  add_streams(&wire, 3);
  add_exec(&wire, "cat /proc/self/cgroup; exit 4");
  request.start.flags |= MESSAGE_OWN_DEVICES;
  int connection = take_session(&fixture), plan = wire_memfd(&wire);
  ssize_t size = pread(plan, request.wire, sizeof request.wire, 0);
  send_preparation(&fixture, connection, own);
  send_request(connection, &request, sizeof request.start + (size_t)size, NULL, 0);
  ok(is_started(receive(connection, TEST_DEADLINE_MS)), "START: a plan may follow it");
  ok(is_exited(receive(connection, TEST_DEADLINE_MS), EXIT_EXITED, 4), "START: the plan has the monitor's own inputs");
  wait_for_monitor(&fixture, 2000);
  ok(comes_to_contain(fixture.log, "0.log", strrchr(fixture.cgroup_path, '/')), "the container was in the cgroup");
  close(plan);
  close(connection);
  fixture_end(&fixture);
}

int main(void) {
  if (!fixture_is_possible()) {
    printf("1..0 # SKIP needs root and cgroup v2\n");
    return 0;
  }
  refuses_malformed_preparations();
  wants_to_be_prepared();
  is_prepared_in_parts();
  ends_when_it_was_prepared_in_vain();
  reports_a_failed_step_of_its_own();
  gives_what_it_has();
  return done_testing();
}
