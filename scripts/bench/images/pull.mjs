import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeLayout } from './layout.mjs';
import { pickFiles } from './packages.mjs';
import { pullOwn, pullPodman, pullSkopeo } from './pullers.mjs';
import { Registry } from './registry.mjs';

const rounds = 5;
const layers = 8;
const bytes = 300e6;
const settleMs = 200;

const peers = [
  { label: 'podman pull', goal: 1.5, pull: pullPodman, programs: ['podman'] },
  { label: 'skopeo copy, umoci unpack', goal: 1.5, pull: pullSkopeo, programs: ['skopeo', 'umoci'] },
];

/** What the machine needs for this besides the peers. */
export const pullPrograms = ['docker-registry', 'skopeo', 'dpkg-query', 'tar'];

async function sample(pull, directory, reference) {
  const elapsed = await pull(directory, reference);
  await sleep(settleMs);
  return elapsed;
}

async function compare(directory, reference, isInstalled) {
  const present = peers.filter(({ programs }) => programs.every(isInstalled));
  const own = [];
  const found = present.map((peer) => ({ peer, times: [], ratios: [] }));
  await pullOwn(directory, reference);
  for (let round = 0; round < rounds; round++) {
    const ours = await sample(pullOwn, directory, reference);
    own.push(ours);
    for (const { peer, times, ratios } of found) {
      const theirs = await sample(peer.pull, directory, reference);
      times.push(theirs);
      ratios.push(theirs / ours);
    }
  }
  return { own, peers: found };
}

/**
 * An image of 300 MB in 8 layers, made of this machine's Debian packages, pulled from a registry on the loopback into
 * an empty store and unpacked.
 * @param {string} directory on a tmpfs, so that no disk is measured
 * @param {(program: string) => boolean} isInstalled
 */
export async function measurePull(directory, isInstalled) {
  const layout = join(directory, 'layout');
  await writeLayout(layout, await pickFiles({ layers, bytes }));
  const registry = await Registry.open(join(directory, 'registry'));
  try {
    return await compare(directory, await registry.push(layout, 'bench'), isInstalled);
  } finally {
    await registry.close();
  }
}
