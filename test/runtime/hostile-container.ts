import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Container } from '../../src/container/container.js';
import { execInContainer } from '../../src/container/exec.js';
import { requires } from '../scratch.js';
import { exec, finish, shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');
const skipWithoutCompiler = requires('root', 'cgroup2', 'overlay', 'cc');

/** More descriptors than an exec's process ever has. */
const descriptors = Array.from({ length: 32 }, (_, index) => index + 3);
const execsDuringRenames = 200;

function compile(source: string, program: string): void {
  execFileSync('cc', ['-O2', '-static', '-x', 'c', '-o', program, '-'], { input: source });
}

/** An exec that is given input, and so needs no /dev/null. */
async function execWithInput(container: Container, script: string): Promise<void> {
  const session = await execInContainer(container, shell(script), { stdin: true });
  session.stdin?.end();
  await finish(session);
}

t.test(
  'a /dev/null that leads to a descriptor of the entering process gives it to nobody',
  { skip },
  async (t) => {
    await withPod(t, { pid: 'container' }, async (pod) => {
      const container = await pod.start('web', shell('sleep 1000'));
      for (const fd of descriptors) {
        await execWithInput(container, `rm -f /dev/null; ln -s /proc/self/fd/${fd} /dev/null`);
        const { stdout } = await exec(
          container,
          shell('readlink /proc/self/fd/0; cat; cat /proc/self/fd/0/cgroup.procs'),
        );
        t.match(stdout, /^pipe:\[\d+\]\n$/, `descriptor ${fd}`);
      }
    });
  },
);

t.test(
  'a first process without input reads the null device made for it, not one that a volume brings',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const path = join(pod.root, 'dev');
      mkdirSync(path);
      symlinkSync('/proc/self/fd/4', join(path, 'null'));
      const mounts = [
        { source: { kind: 'host', path, recursive: false }, target: '/dev', readOnly: false, file: false },
      ] as const;
      const script = 'stat -Lc %F:%t,%T /proc/self/fd/0; cat';
      t.equal(await pod.run('web', shell(script), { mounts }), 'character special file:1,3\n');
    });
  },
);

t.test('an id that the kernel would take for root, or for no change, is refused', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    for (const [uid, gid] of [
      [2 ** 32 - 1, 0],
      [2 ** 32, 0],
      [1000, 2 ** 32 - 1],
      [1000, 2 ** 32],
    ] as const) {
      const user = { uid, gid, additionalGids: [] };
      await t.rejects(pod.start('web', shell('id', { user })), {
        code: 'PEAPOD_LAUNCH_FAILED',
        details: { code: 'EINVAL' },
      });
    }
  });
});

/** Prints the serial number of its session keyring. */
const sessionKeyring = String.raw`
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { printf("%ld\n", syscall(SYS_keyctl, 0, -3, 0)); return 0; }
`;

async function readSessionKeyring(pod: TestPod, name: string): Promise<string> {
  return pod.run(name, { ...shell(''), argv: ['/session-keyring'] });
}

t.test('containers have session keyrings of their own', { skip: skipWithoutCompiler }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const program = join(pod.host.paths.state, 'layer/session-keyring');
    compile(sessionKeyring, program);
    const ours = execFileSync(program, { encoding: 'utf8' });
    const found = [ours, await readSessionKeyring(pod, 'one'), await readSessionKeyring(pod, 'two')];
    t.equal(new Set(found).size, 3, found.join(' '));
  });
});

t.test("a mount on the host's /dev/shm stays in its container", { skip }, async (t) => {
  execFileSync('mount', ['--make-shared', '/dev/shm']);
  await withPod(t, { ipc: 'host' }, async (pod) => {
    const found = await pod.run('web', shell('grep " /dev/shm " /proc/self/mountinfo'));
    t.match(found, / \/dev\/shm /);
    t.notMatch(found, /shared:|master:/);
  });
});

const renamer = `
#include <stdio.h>
#include <sys/stat.h>
int main(void) {
  mkdir("/tmp/a", 0755);
  for (;;) { rename("/tmp/a", "/tmp/b"); rename("/tmp/b", "/tmp/a"); }
}
`;

t.test(
  'a neighbour that renames without end keeps nobody from a path with ..',
  { skip: skipWithoutCompiler },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const { state } = pod.host.paths;
      mkdirSync(join(state, 'links/var'), { recursive: true });
      mkdirSync(join(state, 'links/run'));
      symlinkSync('../run', join(state, 'links/var/run'));
      compile(renamer, join(state, 'layer/renamer'));
      const rootfs = { kind: 'overlay', layers: ['links', 'layer'] } as const;
      const container = await pod.start('web', shell('sleep 1000'), { rootfs });
      await pod.start('neighbour', { ...shell(''), argv: ['/renamer'] });
      for (let count = 0; count < execsDuringRenames; count++) {
        const { exit } = await exec(container, shell('true', { cwd: '/var/run' }));
        if (exit.kind !== 'exited') {
          t.fail(`exec ${count} ended as ${exit.kind}`);
        }
      }
      t.pass(`${execsDuringRenames} execs in a directory behind ..`);
    });
  },
);
