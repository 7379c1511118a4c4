import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeRun } from '../container/remove-run.js';
import { hasCode } from '../errors.js';
import { type Host, removeEmptyCgroups } from '../kernel/host.js';
import { podDirectory, podRunDirectory } from '../kernel/paths.js';
import { forgetSandbox, removePodCgroup } from '../sandbox/sandbox.js';
import type { ContainerId, Kept } from './runtime.js';

async function list(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}

/** `<name>-<attempt>`, as run directories and cgroups of runs are called; a container's name may hold dashes itself. */
function parseRun(podUid: string, text: string): ContainerId[] {
  const match = /^(.+)-(\d+)$/.exec(text);
  return match?.[1] === undefined ? [] : [{ podUid, name: match[1], attempt: Number(match[2]) }];
}

async function runsOnDisk(host: Host, podUid: string): Promise<ContainerId[]> {
  const containers = join(podDirectory(host.paths, podUid), 'containers');
  const found: ContainerId[] = [];
  for (const name of await list(containers)) {
    for (const attempt of await list(join(containers, name))) {
      found.push({ podUid, name, attempt: Number(attempt) });
    }
  }
  return found;
}

/** Every run that has anything on this machine: a directory in run/, a cgroup, a monitor or a writable layer. */
async function findRuns(host: Host): Promise<ContainerId[]> {
  const inRun = (await list(host.paths.podRuns)).map(async (podUid) =>
    (await list(podRunDirectory(host.paths, podUid))).flatMap((name) => parseRun(podUid, name)),
  );
  const monitors = (await list(join(host.cgroup, 'monitors'))).flatMap((name) => {
    const at = name.indexOf('_');
    return parseRun(name.slice(0, at), name.slice(at + 1));
  });
  const onDisk = (await list(host.paths.pods)).map((podUid) => runsOnDisk(host, podUid));
  return [...(await Promise.all([...inRun, ...onDisk])).flat(), ...monitors];
}

async function findPods(host: Host): Promise<string[]> {
  const cgroups = (await list(host.cgroup))
    .filter((name) => name.startsWith('pod'))
    .map((name) => name.slice(3));
  return [...new Set([...cgroups, ...(await list(host.paths.podRuns))])];
}

/**
 * Removes what runs or lies about under this root without being kept: found by name in the directories and the
 * cgroups of this root, never elsewhere, whatever records say.
 */
export async function removeLeftovers(host: Host, kept: readonly Kept[]): Promise<void> {
  const pods = new Set(kept.map(({ podUid }) => podUid));
  const runs = new Set(
    kept.flatMap(({ podUid, containers }) =>
      containers.map(({ name, attempt }) => `${podUid}/${name}/${attempt}`),
    ),
  );
  for (const podUid of await findPods(host)) {
    if (!pods.has(podUid)) {
      await removePodCgroup(host, podUid);
    }
  }
  for (const run of await findRuns(host)) {
    if (!runs.has(`${run.podUid}/${run.name}/${run.attempt}`)) {
      await removeRun(host, run);
    }
  }
  for (const podUid of await findPods(host)) {
    if (!pods.has(podUid)) {
      await forgetSandbox(host, podUid);
    }
  }
  removeEmptyCgroups(host);
}
