import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ContainerSpec } from '../../src/container/spec.js';
import { requires } from '../scratch.js';
import { makeBusyboxLayer } from './fixtures/busybox.js';
import { shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

/** More than a child with a volume and many layers opens. */
const descriptors = Array.from({ length: 77 }, (_, index) => index + 3);

/** A shell of the host's that no container sees, as a path through one of a process's descriptors. */
function makeOutside({ root }: TestPod): { program: string; through(fd: number): string } {
  const directory = join(root, 'outside');
  mkdirSync(directory);
  const program = join(directory, 'sh');
  copyFileSync('/bin/busybox', program);
  chmodSync(program, 0o755);
  return { program, through: (fd) => `/proc/self/fd/${fd}${'/..'.repeat(10)}${directory}` };
}

function subPathVolume({ root }: TestPod): Partial<ContainerSpec> {
  const path = join(root, 'volume');
  mkdirSync(join(path, 'sub'), { recursive: true });
  const source = { kind: 'host', path, subPath: 'sub', recursive: false } as const;
  return { mounts: [{ source, target: '/volume', readOnly: false, file: false }] };
}

/** Too many for anything but mount(2), which takes more directories. */
function manyLayers({ host }: TestPod): Partial<ContainerSpec> {
  const empty = Array.from({ length: 60 }, (_, index) => `layers/${index}`);
  for (const layer of empty) mkdirSync(join(host.paths.state, layer), { recursive: true });
  makeBusyboxLayer(join(host.paths.state, 'layers/busybox'));
  return { rootfs: { kind: 'overlay', layers: ['layers/busybox', ...empty] } };
}

/** What a start opens on the host differs with these. */
const kinds: Record<string, (pod: TestPod) => Partial<ContainerSpec>> = {
  'an image of one layer': () => ({}),
  'a volume with a subPath': subPathVolume,
  'an image of many layers': manyLayers,
  'the host image': () => ({ rootfs: { kind: 'host', upperBytes: 1 << 20 } }),
};

const notThere = { code: 'PEAPOD_LAUNCH_FAILED', details: { code: /^(ENOENT|ENOTDIR|EACCES)$/ } };

async function failure(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    (output) => ({ output }),
    (error: unknown) => error,
  );
}

for (const pid of ['pod', 'container'] as const) {
  t.test(
    `no command leads out by what the runtime has open: PID namespace of the ${pid}`,
    { skip },
    async (t) => {
      for (const [kind, over] of Object.entries(kinds)) {
        await withPod(t, { pid }, async (pod) => {
          const { program, through } = makeOutside(pod);
          const spec = over(pod);
          const env = [`PATH=${descriptors.map(through).join(':')}`];
          // Where nothing leads there, there is no such command.
          const process = { ...shell('echo out', { env }), argv: ['sh', '-c', 'echo out'] };
          t.match(await failure(pod.run('path', process, spec)), notThere, kind);
          t.equal(readFileSync(program).compare(readFileSync('/bin/busybox')), 0);
        });
      }
    },
  );
}

t.test('no interpreter leads out by what the runtime has open', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const { through } = makeOutside(pod);
    for (const fd of descriptors) {
      const script = join(pod.host.paths.state, 'layer', `script${fd}`);
      writeFileSync(script, `#!${through(fd)}/sh\necho out\n`, { mode: 0o755 });
      const process = { ...shell(''), argv: [`/script${fd}`] };
      t.match(await failure(pod.run(`script${fd}`, process)), notThere, `descriptor ${fd}`);
    }
  });
});
