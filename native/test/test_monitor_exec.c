/* What enters a running container: exec, its deadline, its end, and clients that go away. */
#include "monitor_client.h"

#include <sys/resource.h>

static const struct child_options plain = {.flags = 0};

/* A container that does nothing, and the connection that started it. */
static struct fixture start_idle(int *connection) {
  struct fixture fixture = fixture_start();
  *connection = start_script(&fixture, "exec sleep 1000", plain);
  struct reply reply = receive_type(*connection, MESSAGE_STARTED);
  close(reply.fd);
  return fixture;
}

static bool ends_within(int pidfd, int timeout_ms) {
  return is_readable(pidfd, timeout_ms);
}

static void runs_another_process(void) {
  int connection, ends[2];
  struct fixture fixture = start_idle(&connection);
  if (pipe2(ends, O_CLOEXEC) < 0) abort();
  int session = exec_script(&fixture, "cat /proc/self/cgroup; ls /proc/self/fd | tr '\\n' ' '; exit 7", ends[1], plain);
  close(ends[1]);
  struct reply started = receive(session, TEST_DEADLINE_MS);
  ok(is_started(started), "EXEC: is answered with pid and pidfd");
  char *output = read_all(ends[0]);
  ok(strstr(output, "/peapod-test-monitor-") != NULL, "EXEC: the process is in the container's cgroup");
  ok(strstr(output, "\n0 1 2 3 ") != NULL, "EXEC: and holds its streams only");
  ok(is_exited(receive(session, TEST_DEADLINE_MS), EXIT_EXITED, 7), "EXEC: is told the exit status");
  ok(receive(session, TEST_DEADLINE_MS).size == 0, "EXEC: is hung up on after that");
  free(output);
  close(started.fd);
  close(session);
  session = exec_script(&fixture, "kill -TERM $$", -1, plain);
  ok(is_exited(receive_type(session, MESSAGE_EXITED), EXIT_SIGNALED, SIGTERM), "EXEC: is told the signal");
  close(session);
  close(connection);
  fixture_end(&fixture);
}

static void kills_an_exec(void) {
  int connection;
  struct fixture fixture = start_idle(&connection);
  int session = exec_script(&fixture, "exec sleep 1000", -1, plain);
  receive_type(session, MESSAGE_STARTED);
  struct message_kill message = {.type = MESSAGE_KILL, .signal = SIGINT};
  send_request(session, &message, sizeof message, NULL, 0);
  ok(is_exited(receive(session, TEST_DEADLINE_MS), EXIT_SIGNALED, SIGINT),
     "KILL: in an EXEC's session reaches the exec");
  close(session);
  session = exec_script(&fixture, "exec sleep 1000", -1, plain);
  struct reply started = receive_type(session, MESSAGE_STARTED);
  close(session);
  ok(ends_within(started.fd, 2000), "EXEC: its process is killed when its client goes away");
  ok(!is_readable(connection, 100), "EXEC: and the container is not");
  close(started.fd);
  close(connection);
  fixture_end(&fixture);
}

static void joins_a_pid_namespace(void) {
  int ends[2];
  struct fixture fixture = fixture_start();
  struct plan_wire wire = child_plan(4);
  wire.header.clone_flags = CLONE_NEWPID;
  add_streams(&wire, 1);
  add_exec(&wire, "exec sleep 1000");
  int connection = send_start(&fixture, &wire, plain);
  struct reply init = receive_type(connection, MESSAGE_STARTED);
  if (pipe2(ends, O_CLOEXEC) < 0) abort();
  int session = exec_script(&fixture, "echo $$; exit 5", ends[1], (struct child_options){.pid_namespace = init.fd});
  close(ends[1]);
  struct reply started = receive(session, TEST_DEADLINE_MS);
  char *output = read_all(ends[0]);
  ok(is_started(started) && started.body.started.pid > 100, "EXEC: with a second clone the pid is ours");
  ok(strcmp(output, "2\n") == 0, "EXEC: and the process is in the PID namespace");
  ok(is_exited(receive(session, TEST_DEADLINE_MS), EXIT_EXITED, 5), "EXEC: its exit status comes to us");
  free(output);
  close(started.fd);
  close(init.fd);
  close(session);
  close(connection);
  fixture_end(&fixture);
}

/* The monitor's children that are not the container's init. */
static pid_t find_child(pid_t monitor, pid_t init) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", monitor, monitor);
  for (int waited = 0; waited < 2000; waited += 10) {
    FILE *children = fopen(path, "re");
    int pid;
    while (fscanf(children, "%d", &pid) == 1) {
      if (pid != init) {
        fclose(children);
        return pid;
      }
    }
    fclose(children);
    sleep_ms(10);
  }
  return -1;
}

/* 0, 1 and 2, the report pipe, the plan's inputs but the cgroup, and the two entries every directory has. */
static const int count_fds_of_stuck_child = 3 + 1 + 3 + 2;

static void a_stopped_child_costs_its_own_deadline(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "exec sleep 1000", plain);
  struct reply init = receive_type(connection, MESSAGE_STARTED);
  mkfifoat(fixture.run, "fifo", 0600);
  char path[128];
  snprintf(path, sizeof path, "%s/run/fifo", fixture.path);
  struct plan_wire wire = child_plan(4);
  wire_step(&wire, PLAN_OP_CLOSE_OTHERS, 3);
  wire_step(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, path), O_RDONLY, 5);
  add_exec(&wire, "true");
  int stuck = send_exec(&fixture, &wire, -1, (struct child_options){.deadline_ms = 1500});
  pid_t child = find_child(fixture.monitor, init.body.started.pid);
  for (int i = 0; i < 100 && count_fds(child) != count_fds_of_stuck_child; i++)
    sleep_ms(10);
  kill(child, SIGSTOP);
  ok(count_fds(child) == count_fds_of_stuck_child, "EXEC: a child holds nothing of the monitor's, even before execve");
  int fifo = open(path, O_RDWR | O_CLOEXEC);
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  int session = exec_script(&fixture, "exit 4", -1, plain);
  ok(is_exited(receive_type(session, MESSAGE_EXITED), EXIT_EXITED, 4), "EXEC: others go on beside a stopped child");
  clock_gettime(CLOCK_MONOTONIC, &after);
  long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
  ok(ms < 1000, "EXEC: and do not wait for it (%ld ms)", ms);
  ok(is_failed(receive(stuck, TEST_DEADLINE_MS), FAILED_DEADLINE, ETIMEDOUT), "EXEC: a stopped child has a deadline");
  for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
    sleep_ms(10);
  ok(kill(child, 0) < 0 && errno == ESRCH, "EXEC: and is killed and reaped then");
  close(fifo);
  close(init.fd);
  close(session);
  close(stuck);
  close(connection);
  fixture_end(&fixture);
}

static void reports_a_child_killed_before_execve(void) {
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, "exec sleep 1000", plain);
  struct reply init = receive_type(connection, MESSAGE_STARTED);
  mkfifoat(fixture.run, "fifo", 0600);
  char path[128];
  snprintf(path, sizeof path, "%s/run/fifo", fixture.path);
  struct plan_wire wire = child_plan(4);
  wire_step(&wire, PLAN_OP_OPEN_PATH, wire_string(&wire, path), O_RDONLY, 5);
  add_exec(&wire, "true");
  int session = send_exec(&fixture, &wire, -1, plain);
  kill(find_child(fixture.monitor, init.body.started.pid), SIGKILL);
  ok(is_failed(receive(session, TEST_DEADLINE_MS), FAILED_KILLED, ECHILD), "EXEC: killed before execve is not started");
  close(init.fd);
  close(session);
  close(connection);
  fixture_end(&fixture);
}

static void refuses_a_frozen_container(void) {
  int connection;
  struct fixture fixture = start_idle(&connection);
  write_cgroup(&fixture, "cgroup.freeze", "1");
  int session = exec_script(&fixture, "true", -1, plain);
  ok(is_failed(receive(session, TEST_DEADLINE_MS), FAILED_FROZEN, EAGAIN), "EXEC: into a frozen container is refused");
  close(session);
  write_cgroup(&fixture, "cgroup.freeze", "0");
  session = exec_script(&fixture, "true", -1, plain);
  ok(is_exited(receive_type(session, MESSAGE_EXITED), EXIT_EXITED, 0), "EXEC: and goes once it has thawed");
  close(session);
  close(connection);
  fixture_end(&fixture);
}

static void refuses_without_a_container(void) {
  struct fixture fixture = fixture_start();
  const struct message_exec exec = {.type = MESSAGE_EXEC, .deadline_ms = TEST_DEADLINE_MS};
  int session = take_session(&fixture);
  send_request(session, &exec, sizeof exec, &fixture.cgroup, 1);
  ok(is_failed(receive(session, TEST_DEADLINE_MS), FAILED_REFUSED, ESRCH), "EXEC: before START is refused");
  close(session);
  fixture_end(&fixture);
}

static void answers_execs_when_the_container_ends(void) {
  int connection;
  struct fixture fixture = start_idle(&connection);
  int session = exec_script(&fixture, "exec sleep 1000", -1, plain);
  receive_type(session, MESSAGE_STARTED);
  struct message_kill message = {.type = MESSAGE_KILL, .signal = SIGKILL};
  send_request(connection, &message, sizeof message, NULL, 0);
  ok(is_exited(receive(session, TEST_DEADLINE_MS), EXIT_SIGNALED, SIGKILL),
     "EXEC: is told its end with the container's");
  ok(is_exited(receive(connection, TEST_DEADLINE_MS), EXIT_SIGNALED, SIGKILL), "START: is told as well");
  ok(wait_for_monitor(&fixture, 1000) == 0, "and the monitor exits");
  close(session);
  close(connection);
  fixture_end(&fixture);
}

static void leaks_nothing(void) {
  int connection;
  struct fixture fixture = start_idle(&connection);
  int before = count_idle_fds(fixture.monitor);
  int answered = 0;
  for (int i = 0; i < 300; i++) {
    struct child_options options = {.pid_namespace = i % 3 == 0 ? open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC) : 0};
    int session = exec_script(&fixture, i % 2 == 0 ? "true" : "sleep 0.01", -1, options);
    if (i % 5 != 0) answered += receive_type(session, MESSAGE_STARTED).fd >= 0;
    close(session);
    if (options.pid_namespace > 0) close(options.pid_namespace);
  }
  for (int i = 0; i < 300 && count_fds(fixture.monitor) != before; i++)
    sleep_ms(10);
  ok(answered == 240, "EXEC: %d of 240 clients that waited were answered", answered);
  ok(count_fds(fixture.monitor) == before, "EXEC: 300 of them leave no descriptor behind");
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", fixture.monitor, fixture.monitor);
  char *children = read_at(AT_FDCWD, path);
  ok(strchr(children, ' ') == strrchr(children, ' '), "EXEC: and no zombie");
  free(children);
  close(connection);
  fixture_end(&fixture);
}

static int count_zombies(pid_t parent) {
  char path[64];
  int zombies = 0, pid;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", parent, parent);
  FILE *children = fopen(path, "re");
  while (fscanf(children, "%d", &pid) == 1) {
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    char *stat = read_at(AT_FDCWD, path);
    zombies += strstr(stat, ") Z ") != NULL;
    free(stat);
  }
  fclose(children);
  return zombies;
}

/* A container may give its parent, the monitor, children nobody asked for: this program, run as one, does. */
static void reaps_strays(void) {
  char program[256] = {0}, script[320];
  if (readlink("/proc/self/exe", program, sizeof program - 1) < 0) abort();
  snprintf(script, sizeof script, "exec %s --strays", program);
  struct fixture fixture = fixture_start();
  int connection = start_script(&fixture, script, plain);
  receive_type(connection, MESSAGE_STARTED);
  for (int i = 0; i < 100 && count_zombies(fixture.monitor) < 20; i++)
    sleep_ms(20);
  ok(count_zombies(fixture.monitor) == 20, "a container can make children of the monitor");
  int session = exec_script(&fixture, "true", -1, plain);
  ok(is_exited(receive_type(session, MESSAGE_EXITED), EXIT_EXITED, 0), "EXEC: is told its own end among them");
  for (int i = 0; i < 100 && count_zombies(fixture.monitor) > 0; i++)
    sleep_ms(20);
  ok(count_zombies(fixture.monitor) == 0, "and they do not stay zombies");
  close(session);
  close(connection);
  fixture_end(&fixture);
}

static int leave_strays(void) {
  for (int i = 0; i < 20; i++) {
    uint64_t arguments[11] = {CLONE_PARENT};
    if (syscall(SYS_clone3, arguments, sizeof arguments) == 0) _exit(0);
  }
  return pause();
}

static void limit_fds(pid_t pid, rlim_t count) {
  prlimit(pid, RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = count, .rlim_max = 4096}, NULL);
}

static void survives_without_descriptors(void) {
  int connection;
  struct fixture fixture = start_idle(&connection);
  limit_fds(fixture.monitor, 4);
  uint64_t before = cpu_ticks(fixture.monitor);
  int waiting = exec_script(&fixture, "true", -1, plain);
  sleep_ms(1000);
  ok(cpu_ticks(fixture.monitor) - before < 4, "out of descriptors, the monitor does not spin");
  limit_fds(fixture.monitor, 1024);
  ok(is_exited(receive_type(waiting, MESSAGE_EXITED), EXIT_EXITED, 0), "EXEC: who came meanwhile is served later");
  close(waiting);
  int session = fixture_connect(&fixture);
  sleep_ms(50);
  limit_fds(fixture.monitor, 4);
  struct message_exec exec = {.type = MESSAGE_EXEC, .deadline_ms = TEST_DEADLINE_MS};
  const int fds[] = {0, 0, 0};
  send_request(session, &exec, sizeof exec, fds, 3);
  ok(is_failed(receive(session, TEST_DEADLINE_MS), FAILED_MALFORMED, EMFILE), "EXEC: lost descriptors are told");
  close(session);
  close(connection);
  fixture_end(&fixture);
}

static void limits_sessions(void) {
  int connection;
  struct fixture fixture = start_idle(&connection);
  int sessions[MAX_SESSIONS];
  for (uint32_t i = 0; i < MAX_SESSIONS - 1; i++)
    sessions[i] = fixture_connect(&fixture);
  int last = fixture_connect(&fixture);
  ok(is_failed(receive(last, TEST_DEADLINE_MS), FAILED_REFUSED, EBUSY), "a session too many is refused");
  close(last);
  for (uint32_t i = 0; i < MAX_SESSIONS - 1; i++)
    close(sessions[i]);
  sleep_ms(50);
  last = exec_script(&fixture, "true", -1, plain);
  ok(is_exited(receive_type(last, MESSAGE_EXITED), EXIT_EXITED, 0), "and their places are free again after them");
  close(last);
  close(connection);
  fixture_end(&fixture);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--strays") == 0) return leave_strays();
  if (!fixture_is_possible()) {
    printf("1..0 # SKIP needs root and cgroup v2\n");
    return 0;
  }
  runs_another_process();
  kills_an_exec();
  joins_a_pid_namespace();
  a_stopped_child_costs_its_own_deadline();
  reports_a_child_killed_before_execve();
  refuses_a_frozen_container();
  refuses_without_a_container();
  answers_execs_when_the_container_ends();
  leaks_nothing();
  limits_sessions();
  reaps_strays();
  survives_without_descriptors();
  return done_testing();
}
