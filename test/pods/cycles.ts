import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { diff, snapshot } from '../leaks.js';
import { countDescriptors, daemonsOf } from './fixtures/daemon.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { cgroupName, skip, withPeapod } from './fixtures/with-peapod.js';

const cycles = 100;
const atOnce = 2;

t.test(`${cycles} pods applied and deleted leave nothing`, { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    // The first pod makes what is made once.
    await cycle(peapod, 'first');
    await whenBridgeIsGone();
    const [daemon = 0] = daemonsOf(peapod.root);
    // The last of what held the bridge is closed a moment after it.
    await sleep(500);
    const descriptors = countDescriptors(daemon);
    const before = snapshot(scopeOf(peapod));
    let begun = 0;
    const worker = async () => {
      while (begun < cycles) await cycle(peapod, `pod-${begun++}`);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    t.equal(begun, cycles);
    await whenBridgeIsGone();
    t.same(daemonsOf(peapod.root), [daemon], 'the daemon is the same');
    for (let tries = 0; tries < 20 && countDescriptors(daemon) !== descriptors; tries++) await sleep(100);
    t.equal(countDescriptors(daemon), descriptors, 'with as many descriptors as before');
    t.same(diff(before, snapshot(scopeOf(peapod))), [], 'and nothing more is there while it runs');
  });
});

async function cycle(peapod: Peapod, name: string): Promise<void> {
  const volumes = [
    { name: 'memory', emptyDir: { medium: 'Memory' } },
    { name: 'disk', emptyDir: {} },
  ];
  const volumeMounts = volumes.map((volume) => ({ name: volume.name, mountPath: `/${volume.name}` }));
  await peapod.apply(pod(name, [script(idle, { volumeMounts })], { volumes }));
  await peapod.ok('delete', 'pod', name);
}

/** It goes a second after the last pod, and with it what was made ahead for the next. */
async function whenBridgeIsGone(): Promise<void> {
  const isThere = () => readFileSync('/proc/self/net/dev', 'utf8').includes('pp-');
  for (let tries = 0; tries < 100 && isThere(); tries++) await sleep(50);
}

function scopeOf(peapod: Peapod) {
  return { cgroups: [cgroupName(peapod.root)], directories: [peapod.root] };
}
