import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readContainerRecord } from '../container/record.js';
import { removeMonitor, removeRun } from '../container/remove-run.js';
import { runPaths } from '../container/run-paths.js';
import { hasCode } from '../errors.js';
import { type Host, monitorsCgroup, podCgroup, removeEmptyCgroups } from '../kernel/host.js';
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

async function runsWithCgroup(host: Host, podUid: string): Promise<ContainerId[]> {
  return (await list(podCgroup(host, podUid))).flatMap((name) => parseRun(podUid, name));
}

/** Every run that has anything on this machine: a cgroup, a directory in run/ or a writable layer. */
async function findRuns(host: Host): Promise<ContainerId[]> {
  const withCgroup = (await findPods(host)).map((podUid) => runsWithCgroup(host, podUid));
  const inRun = (await list(host.paths.podRuns)).map(async (podUid) =>
    (await list(podRunDirectory(host.paths, podUid))).flatMap((name) => parseRun(podUid, name)),
  );
  const onDisk = (await list(host.paths.pods)).map((podUid) => runsOnDisk(host, podUid));
  return (await Promise.all([...withCgroup, ...inRun, ...onDisk])).flat();
}

/**
 * Removes every monitor that no record of a kept run names, one made ahead included. They are listed first: a run that
 * writes its record this moment has a monitor that is listed, and is not kept, or one that is not.
 */
async function removeMonitors(host: Host, kept: readonly ContainerId[]): Promise<void> {
  const names = await list(monitorsCgroup(host));
  const keptNames = kept.map((id) => readContainerRecord(runPaths(host, id))?.monitor);
  for (const name of names.filter((name) => !keptNames.includes(name))) await removeMonitor(host, name);
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
  const keptRuns = kept.flatMap(({ podUid, containers }) => containers.map((run) => ({ podUid, ...run })));
  const runs = new Set(keptRuns.map(({ podUid, name, attempt }) => `${podUid}/${name}/${attempt}`));
  for (const podUid of await findPods(host)) {
    if (!pods.has(podUid)) {
      await removePodCgroup(host, podUid);
    }
  }
  await removeMonitors(host, keptRuns);
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
