import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AT_FDCWD, S_IFCHR } from '../../src/kernel/constants.js';
import { files } from '../../src/kernel/files.js';
import { containerDirectory } from '../../src/kernel/paths.js';
import { requires } from '../scratch.js';
import { shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'busybox');

/** Around each border: of 255 bytes relative to the state directory (15), to that of the layers (36), and the most. */
const counts = [1, 10, 15, 16, 27, 28, 36, 37, 120, 128];

/** Layers as the image store names them, above busybox's; top first. */
function makeLayers(state: string, count: number): string[] {
  mkdirSync(join(state, 'images/l'), { recursive: true });
  symlinkSync('../../layer', join(state, 'images/l/bottom'));
  const names = Array.from({ length: count - 1 }, (_, index) => makeLayer(state, index + 1));
  return [...names.reverse(), 'images/l/bottom'];
}

/** Has a file of its own, one for the next to delete, and one that each replaces; layer 2 makes a directory anew. */
function makeLayer(state: string, index: number): string {
  const name = `layer${index}`.padStart(8, 'x').slice(-6);
  const path = join(state, 'images/layers', name, 'fs');
  mkdirSync(join(path, 'shared'), { recursive: true });
  chmodSync(path, 0o755);
  writeFileSync(join(path, `own${index}`), `${index}`);
  writeFileSync(join(path, 'newest'), `${index}`);
  writeFileSync(join(path, `old${index}`), '');
  writeFileSync(join(path, 'shared', `part${index}`), '');
  if (index > 1) files().mknodat(AT_FDCWD, join(path, `old${index - 1}`), S_IFCHR, 0, 0);
  const opaque = Buffer.from('y');
  if (index === 2) files().setxattrat(AT_FDCWD, join(path, 'shared'), 'trusted.overlay.opaque', opaque, 0);
  symlinkSync(`../layers/${name}/fs`, join(state, 'images/l', name));
  return `images/l/${name}`;
}

/** What `script` prints in a container of these layers. */
function look(pod: TestPod, layers: readonly string[]): Promise<string> {
  const script = [
    'cat /own* 2>/dev/null | wc -c',
    'cat /newest 2>/dev/null || echo -n none',
    'echo; ls -d /old* 2>/dev/null',
    'ls /shared 2>/dev/null | wc -l',
    'echo written > /written; cat /written',
    'grep " overlay " /proc/self/mountinfo | cut -d" " -f5,6',
  ].join('; ');
  return pod.run(`of${layers.length}`, shell(script), { rootfs: { kind: 'overlay', layers } });
}

function expectation(count: number): string {
  const above = count - 1;
  const digits = Array.from({ length: above }, (_, index) => `${index + 1}`).join('').length;
  const shared = above > 1 ? above - 1 : above;
  const old = above > 0 ? [`/old${above}`] : [];
  return [digits, above || 'none', ...old, shared, 'written', '/ rw,nodev,relatime', ''].join('\n');
}

for (const count of counts) {
  t.test(`layers: of ${count} each shows what it adds, and hides what it deletes`, { skip }, async (t) => {
    await withPod(t, {}, async (pod) => {
      const layers = makeLayers(pod.host.paths.state, count);
      t.equal(await look(pod, layers), expectation(count));
      const directory = containerDirectory(pod.host.paths, pod.spec.podUid, `of${count}`, 0);
      t.ok(existsSync(join(directory, 'upper/written')), 'what was written is in the writable layer');
    });
  });
}

t.test(
  'layers: many of them, in a pod whose containers have PID namespaces of their own',
  { skip },
  async (t) => {
    await withPod(t, { pid: 'container' }, async (pod) => {
      t.equal(await look(pod, makeLayers(pod.host.paths.state, 60)), expectation(60));
    });
  },
);

t.test('layers: names that no mount can hold are refused', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const layers = Array.from({ length: 128 }, (_, index) => `images/l/${'x'.repeat(40)}${index}`);
    await t.rejects(look(pod, layers), { code: 'PEAPOD_UNSUPPORTED', message: /128 layers/ });
  });
});
