import { readdir, readFile } from 'node:fs/promises';
import { sleepCommand } from './specs.mjs';

/** Programs that stay beside a pod, by the name the kernel has for them (at most 15 bytes). */
const pauseNames = ['pause'];
const monitorNames = ['peapod:monitor'];
const podmanNames = ['conmon', 'catatonit'];

async function readPss(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]);
}

/** PSS of every process with one of these names, by pid. This PID namespace holds none but the benchmark's own. */
async function findProcesses(names) {
  const found = new Map();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (names.includes(comm.trim())) found.set(pid, await readPss(pid).catch(() => 0));
  }
  return found;
}

/** KiB that the processes have which were not there before. */
async function pssOfNew(before, names) {
  const now = await findProcesses(names);
  return [...now].filter(([pid]) => !before.has(pid)).reduce((sum, [, kib]) => sum + kib, 0);
}

/**
 * Of a pod that is alone: a second one would share pages with it.
 * @param {import('./library.mjs').Library} library
 */
export async function measureOwn(library) {
  const before = await findProcesses([...pauseNames, ...monitorNames]);
  const pod = await library.createPod();
  const containers = await Promise.all([library.start(pod, sleepCommand), library.start(pod, sleepCommand)]);
  const pause = await pssOfNew(before, pauseNames);
  const monitors = await pssOfNew(before, monitorNames);
  for (const container of containers) await container.remove();
  await pod.remove();
  return [
    { label: 'peapod: pause', kib: pause, goal: 16 },
    { label: 'peapod: two monitors', kib: monitors },
    { label: 'peapod: all three', kib: pause + monitors, goal: 150 },
  ];
}

/**
 * Of a pod beside another one, which takes its share of the common pages.
 * @param {import('./podman.mjs').Podman} podman
 */
export async function measurePodman(podman) {
  const before = await findProcesses(podmanNames);
  const pod = await podman.makePair();
  const kib = await pssOfNew(before, podmanNames);
  await podman.removePair(pod);
  return [{ label: 'podman: three conmons, infra', kib }];
}
