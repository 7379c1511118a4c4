import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import { containerLogDirectory, logFileName } from '../kernel/paths.js';
import { parseResolvConf } from '../network/dns/resolv-conf.js';
import { etcFilesOf } from './etc-files.js';
import type { ContainerInspection, PodInspection, SandboxInspection } from './inspection.js';
import { buildPodObject, podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';
import { portsOf } from './published-ports.js';

/** What runs of a pod as the kernel has it now. Waits for nothing: what is being started is as far as it is. */
export async function inspectPod(state: PodState): Promise<PodInspection> {
  const [sandbox, dns, containers] = await Promise.all([
    inspectSandbox(state),
    readDnsSettings(state),
    Promise.all([...state.handles.keys()].map((name) => inspectContainer(state, name))),
  ]);
  return {
    pod: buildPodObject(state.record),
    ports: portsOf(state.record),
    ...(sandbox && { sandbox }),
    dns,
    containers: containers.flatMap((container) => container ?? []),
  };
}

async function inspectSandbox(state: PodState): Promise<SandboxInspection | undefined> {
  const handle = state.sandbox?.handle;
  if (handle === undefined || state.sandbox?.isAlive !== true) return undefined;
  return unlessGone(handle.inspect(), () => state.sandbox?.handle !== handle || !state.sandbox.isAlive);
}

async function inspectContainer(state: PodState, name: string): Promise<ContainerInspection | undefined> {
  const handle = state.handles.get(name);
  const attempt = state.container(name).current?.attempt ?? 0;
  const run = handle && (await unlessGone(handle.inspect(), () => state.handles.get(name) !== handle));
  if (run === undefined) return undefined;
  const logs = containerLogDirectory(state.parts.paths, podNameOf(state.pod), name);
  return { name, attempt, ...run, log: join(logs, logFileName(attempt)) };
}

/** What ended while it was looked at is not there any more, which is no failure. */
async function unlessGone<T>(look: Promise<T>, isGone: () => boolean): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    // /proc and setns(2) know of a process's end before anybody has told us.
    if (isGone() || hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

async function readDnsSettings({ parts, uid }: PodState): Promise<PodInspection['dns']> {
  try {
    return parseResolvConf(await readFile(etcFilesOf(parts.paths, uid).resolvConf, 'utf8'));
  } catch (error) {
    // There is none before the first sandbox.
    if (hasCode(error, 'ENOENT')) return parseResolvConf('');
    throw error;
  }
}
