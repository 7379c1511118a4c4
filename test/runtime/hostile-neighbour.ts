import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { execInContainer } from '../../src/container/exec.js';
import { requires } from '../scratch.js';
import { exec, shell, type Test, type TestPod, withOtherPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'cc');
const execs = 500;
const atOnce = 8;
/** An exec whose process the attacker stopped after execve has its own user to thank; it is given up here. */
const patienceMs = 200;
/** The same before execve: the attacker is quick. */
const deadlineMs = 200;

/** Opens the memory of every process it sees for writing, as often as it can, and stops all but its own. */
const attacker = String.raw`
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  long opened = 0, denied = 0, rounds = 0;
  FILE *out = fopen("/attack/found", "w");
  for (;;) {
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(proc)) != NULL) {
      int pid = atoi(entry->d_name);
      char path[64], name[64] = "";
      if (pid <= 1 || pid == getpid()) continue;
      snprintf(path, sizeof path, "/proc/%d/mem", pid);
      int fd = open(path, O_RDWR);
      if (fd < 0) { denied += errno == EACCES || errno == EPERM; }
      else {
        snprintf(path, sizeof path, "/proc/%d/comm", pid);
        int comm = open(path, O_RDONLY);
        long size = comm < 0 ? 0 : read(comm, name, sizeof name - 1);
        name[size > 0 ? size - 1 : 0] = 0;
        if (strncmp(name, "peapod", 6) == 0 || strcmp(name, "pause") == 0) { fprintf(out, "opened %s\n", name); }
        opened++;
        close(fd);
        if (comm >= 0) close(comm);
      }
      kill(pid, SIGSTOP);
    }
    closedir(proc);
    if (++rounds % 64 == 0) { fseek(out, 0, SEEK_CUR); fprintf(out, "rounds %ld opened %ld denied %ld\n", rounds, opened, denied); fflush(out); }
  }
}
`;

function buildAttacker(pod: TestPod): void {
  const directory = join(pod.root, 'attack');
  mkdirSync(directory);
  const source = join(directory, 'attack.c');
  writeFileSync(source, attacker);
  execFileSync('cc', ['-O2', '-static', '-o', join(directory, 'attack'), source]);
  chmodSync(directory, 0o777);
}

async function execOnce(pod: TestPod, index: number): Promise<'ran' | 'stopped' | string> {
  const target = pod.containers[0];
  if (target === undefined) {
    throw new Error('there is no container');
  }
  try {
    const session = await execInContainer(
      target,
      { ...shell(''), argv: ['true', String(index)] },
      { stdin: false, deadlineMs },
    );
    session.stdout.resume();
    session.stderr?.resume();
    const timer = setTimeout(() => session.close(), patienceMs);
    const exit = await session.exit;
    clearTimeout(timer);
    return exit.kind === 'exited' && exit.status === 0 ? 'ran' : 'stopped';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

t.test(
  'a root neighbour that opens all memory and stops all it sees gets nothing of ours',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      buildAttacker(pod);
      await pod.start('target', shell('while true; do sleep 1000; done'));
      const mounts = [
        {
          source: { kind: 'host', path: join(pod.root, 'attack'), recursive: false },
          target: '/attack',
          readOnly: false,
          file: false,
        },
      ] as const;
      await pod.start('attacker', { ...shell(''), argv: ['/attack/attack'] }, { mounts });
      const outcomes = new Map<string, number>();
      let next = 0;
      const worker = async () => {
        while (next < execs) {
          const outcome = await execOnce(pod, next++);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      };
      const other = useOtherPod(t);
      await Promise.all(Array.from({ length: atOnce }, worker));
      t.comment(`${execs} execs: ${[...outcomes].map((row) => row.join(' ')).join(', ')}`);
      const found = readFileSync(join(pod.root, 'attack/found'), 'utf8');
      t.notMatch(found, /opened (peapod|pause)/, 'no process of the runtime was opened');
      t.match(found, /rounds \d+ opened \d+ denied [1-9]/, 'and the attacker did try');
      await other;
    });
  },
);

/** Execs in a pod of its own while the attack goes on. */
async function useOtherPod(t: Test & { equal(found: unknown, wanted: unknown, message: string): unknown }) {
  await withOtherPod(t, async (pod) => {
    const container = await pod.start('quiet', shell('sleep 1000'));
    let done = 0;
    while (done < 50) {
      const { exit } = await exec(container, shell('true'));
      if (exit.kind !== 'exited' || exit.status !== 0) {
        break;
      }
      done++;
    }
    t.equal(done, 50, 'execs in another pod all ran');
  });
}
