import { mkdirSync } from 'node:fs';
import { Cgroup } from '../kernel/cgroup.js';
import type { Host } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { podRunDirectory } from '../kernel/paths.js';
import { identifyProcess } from '../kernel/process.js';
import { writeVolatileRecord } from '../kernel/record.js';
import { setLoopbackUp } from '../network/loopback.js';
import { buildSandboxPlan } from './build-plan.js';
import { forgetSandbox, pauseCgroup, removePodCgroup, Sandbox, sandboxRecordPath } from './sandbox.js';
import type { SandboxRecord, SandboxSpec } from './spec.js';

async function launchPause(host: Host, spec: SandboxSpec): Promise<{ record: SandboxRecord; pidfd: number }> {
  const cgroup = Cgroup.create(pauseCgroup(host, spec.podUid));
  try {
    const fds = { cgroup: cgroup.fd, pause: executableFd('pause'), null: host.nullFd };
    const { pid, pidfd } = await launch(buildSandboxPlan(spec, host.anchor), fds);
    const identity = identifyProcess(pid) ?? { pid, startTime: 0, bootId: '' };
    return { record: { version: 1, spec, ...identity, createdAt: new Date().toISOString() }, pidfd };
  } finally {
    cgroup.close();
  }
}

/** Writes the sandbox's record while the kernel brings the loopback up. */
async function settle(host: Host, { record, pidfd }: Sandbox): Promise<void> {
  const loopback = record.spec.network === 'pod' ? setLoopbackUp(pidfd) : Promise.resolve();
  try {
    writeVolatileRecord(sandboxRecordPath(host, record.spec.podUid), record);
  } finally {
    // It uses the pidfd until then.
    await loopback;
  }
}

async function removeFailed(host: Host, podUid: string): Promise<void> {
  await removePodCgroup(host, podUid);
  await forgetSandbox(host, podUid);
}

/**
 * Starts a pod's pause in new namespaces of its own, in a cgroup that holds nothing else yet, and brings its loopback
 * up. The pod's run directory, made first, tells a later engine whose cgroup to look for should this one die on the
 * way. Throws what the launch throws, and leaves nothing then.
 */
export async function createSandbox(host: Host, spec: SandboxSpec): Promise<Sandbox> {
  mkdirSync(podRunDirectory(host.paths, spec.podUid), { recursive: true, mode: 0o700 });
  let sandbox: Sandbox | undefined;
  try {
    const { record, pidfd } = await launchPause(host, spec);
    sandbox = new Sandbox(host, record, pidfd);
    await settle(host, sandbox);
    return sandbox;
  } catch (error) {
    await (sandbox?.remove() ?? removeFailed(host, spec.podUid));
    throw error;
  }
}
