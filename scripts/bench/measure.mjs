import { setTimeout as sleep } from 'node:timers/promises';

/** Left to the kernel after each sample to clean up what the sample removed, network namespaces above all. */
const settleMs = 15;
/** For Node's compiler, which a daemon leaves behind it after its first pods. */
const warmUps = 60;

/**
 * One operation of ours and the peers it is held against. A sample does its own preparation and removal, and resolves
 * with the milliseconds the operation itself took.
 * @typedef {{label: string, goal: number, most?: boolean, sample: () => Promise<number>}} Peer
 *   `goal`: peer's time over ours, at least; with `most`, ours over the peer's, at most
 * @typedef {{name: string, title: string, sample: () => Promise<number>, peers: Peer[]}} Row
 */

/**
 * Samples ours and each peer in turn, round after round, so that both sides of a ratio come from the same moment.
 * @param {Row} row
 * @param {number} rounds
 * @returns {Promise<{own: number[], peers: {peer: Peer, times: number[], ratios: number[]}[]}>}
 */
export async function measureRow(row, rounds) {
  const own = [];
  const peers = row.peers.map((peer) => ({ peer, times: [], ratios: [] }));
  for (let count = 0; count < warmUps; count++) await row.sample();
  for (const { peer } of peers) await settle(peer.sample);
  for (let round = 0; round < rounds; round++) {
    if (peers.length === 0) own.push(await settle(row.sample));
    for (const { peer, times, ratios } of peers) {
      const ours = await settle(row.sample);
      const theirs = await settle(peer.sample);
      own.push(ours);
      times.push(theirs);
      ratios.push(peer.most ? ours / theirs : theirs / ours);
    }
  }
  return { own, peers };
}

async function settle(sample) {
  const elapsed = await sample();
  await sleep(settleMs);
  return elapsed;
}

/** The value below which `part` (0 to 1) of them lie. */
export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export function median(values) {
  return quantile(values, 0.5);
}
