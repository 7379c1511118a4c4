import type { PeapodError } from '../errors.js';
import { readBootId } from '../kernel/boot.js';
import { Descriptors } from '../kernel/descriptors.js';
import type { Host } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { isJoinedNetwork, isOwnNetwork } from '../kernel/namespaces.js';
import { openNetworkNamespace } from '../kernel/network-namespace.js';
import { podRunDirectory } from '../kernel/paths.js';
import { type EncodedPlan, PlanCache } from '../kernel/plan/encoded.js';
import { stageVolatileRecord } from '../kernel/record.js';
import {
  comingSteps,
  hostSteps,
  joinSteps,
  loopbackSteps,
  type NetworkSteps,
} from '../network/namespace-steps.js';
import type { Link } from '../network/pod-link.js';
import { buildSandboxPlan } from './build-plan.js';
import { forgetSandbox, pauseCgroup, removePodCgroup, Sandbox, sandboxRecordPath } from './sandbox.js';
import type { SandboxSpec } from './spec.js';
import { explainSysctlFailure } from './sysctls.js';

function networkSteps({ network }: SandboxSpec, link: Link | undefined): NetworkSteps {
  if (link !== undefined) return 'coming' in link.place ? comingSteps : joinSteps;
  if (isJoinedNetwork(network)) return joinSteps;
  return isOwnNetwork(network) ? loopbackSteps : hostSteps;
}

/** The plan's inputs for the network of a pod; kept in `own` when they are ours to close. */
function networkInputs(
  { network }: SandboxSpec,
  link: Link | undefined,
  own: Descriptors,
): Record<string, number> {
  if (link === undefined) {
    return isJoinedNetwork(network) ? { network: own.keep(openNetworkNamespace(network)) } : {};
  }
  const { place } = link;
  return 'coming' in place ? { networkSocket: place.coming } : { network: place.namespace };
}

/** Of each shape of sandbox, what a launch is encoded from. */
const plans = new PlanCache('addon', 16);

function encodePlan(host: Host, spec: SandboxSpec, link: Link | undefined): EncodedPlan {
  const { podUid, podName: _, podNamespace: __, attempt: ___, hostname, ...shape } = spec;
  const network = networkSteps(spec, link);
  const texts = { hostname, run: podRunDirectory(host.paths, podUid), cgroup: pauseCgroup(host, podUid) };
  const build = ({ hostname: name, ...place }: typeof texts) =>
    buildSandboxPlan({ ...spec, hostname: name }, { network, ...place });
  return plans.encode({ key: JSON.stringify([network.inputs, shape]), texts, build });
}

async function launchPause(host: Host, spec: SandboxSpec, link: Link | undefined): Promise<Sandbox> {
  const own = new Descriptors();
  try {
    const network = networkInputs(spec, link, own);
    const plan = encodePlan(host, spec, link);
    const mounts = host.emptyMounts.made ?? (await host.emptyMounts.make());
    const fds = { ...network, mounts, pause: executableFd('pause'), null: host.nullFd };
    const { pidfd, pid, startTime } = await launch(plan, fds).catch((error) => {
      throw explainSysctlFailure(error, plan.plan(), spec.sysctls);
    });
    const identity = { pid, startTime, bootId: readBootId() };
    const attachment = link && { attachment: link.attachment };
    const createdAt = new Date().toISOString();
    return new Sandbox(host, { version: 1, spec, ...attachment, ...identity, createdAt }, pidfd);
  } finally {
    own.close();
  }
}

async function removeFailed(host: Host, podUid: string): Promise<void> {
  await removePodCgroup(host, podUid);
  await forgetSandbox(host, podUid);
}

/**
 * Starts a pod's pause in new namespaces of its own, in a cgroup that holds nothing else yet, with its network wired
 * meanwhile: as `link` says, or with nothing but `lo`; a network namespace that is joined stays as it is. Throws what the
 * launch throws, or that there is no such network namespace or sysctl, and leaves nothing then but what `link` holds.
 */
export async function createSandbox(host: Host, spec: SandboxSpec, link?: Link): Promise<Sandbox> {
  let sandbox: Sandbox | undefined;
  try {
    // A sysctl may be one of an interface.
    if (spec.sysctls.length > 0) await link?.open();
    const launching = launchPause(host, spec, link);
    const opening = spec.sysctls.length > 0 ? undefined : link?.open();
    opening?.catch(() => {});
    sandbox = await launching.catch((error) => throwReason(error, opening));
    const commit = stageVolatileRecord(sandboxRecordPath(host, spec.podUid), sandbox.record);
    await opening;
    // A sandbox that is recorded has its network.
    commit();
    // It is pause's by now.
    void link?.close();
    return sandbox;
  } catch (error) {
    try {
      await (sandbox?.remove() ?? removeFailed(host, spec.podUid));
    } finally {
      await link?.close();
    }
    throw error;
  }
}

/** A launch that has waited for its network in vain does not know why. */
async function throwReason(error: unknown, opening: Promise<void> | undefined): Promise<never> {
  if ((error as Partial<PeapodError>).details?.op === 'receiveFd') await opening;
  throw error;
}
