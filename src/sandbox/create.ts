import { mkdirSync } from 'node:fs';
import { Cgroup } from '../kernel/cgroup.js';
import { type Host, podCgroup } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { podRunDirectory } from '../kernel/paths.js';
import { identifyProcess } from '../kernel/process.js';
import { writeVolatileRecord } from '../kernel/record.js';
import { setLoopbackUp } from '../network/loopback.js';
import { buildSandboxPlan } from './build-plan.js';
import { removePodCgroup, Sandbox, sandboxRecordPath } from './sandbox.js';
import type { SandboxRecord, SandboxSpec } from './spec.js';

async function launchPause(host: Host, spec: SandboxSpec): Promise<{ record: SandboxRecord; pidfd: number }> {
  const cgroup = Cgroup.create(`${podCgroup(host, spec.podUid)}/pause`);
  try {
    const fds = { cgroup: cgroup.fd, pause: executableFd('pause'), null: host.nullFd };
    const { pid, pidfd } = await launch(buildSandboxPlan(spec, host.anchor), fds);
    const identity = identifyProcess(pid) ?? { pid, startTime: 0, bootId: '' };
    return { record: { version: 1, spec, ...identity, createdAt: new Date().toISOString() }, pidfd };
  } finally {
    cgroup.close();
  }
}

/**
 * Starts a pod's pause in new namespaces of its own, in a cgroup that holds nothing else yet, and brings its loopback
 * up. The pod's run directory, made first, tells a later engine whose cgroup to look for should this one die on the
 * way. Throws what the launch throws, and leaves nothing then.
 */
export async function createSandbox(host: Host, spec: SandboxSpec): Promise<Sandbox> {
  mkdirSync(podRunDirectory(host.paths, spec.podUid), { recursive: true, mode: 0o700 });
  try {
    const { record, pidfd } = await launchPause(host, spec);
    writeVolatileRecord(sandboxRecordPath(host, spec.podUid), record);
    const sandbox = new Sandbox(host, record, pidfd);
    if (spec.network === 'pod') {
      await setLoopbackUp(pidfd);
    }
    return sandbox;
  } catch (error) {
    await removePodCgroup(host, spec.podUid);
    throw error;
  }
}
