import { PeapodError } from '../errors.js';
import type { PublishedPort } from '../network/attachment.js';
import { choosePort } from './choose-port.js';
import { saveSomewhere } from './end-run.js';
import type { PortRequest } from './engine-api.js';
import { HostPortTable } from './host-port-table.js';
import { hasOwnNetwork } from './own-network.js';
import type { PodState } from './pod-state.js';
import { claimedPorts, formatHostPort, isSamePort, portsOf, publishedPorts } from './published-ports.js';

/** Publishes one more port of a pod. Rejects with PEAPOD_PORT_TAKEN or PEAPOD_CONFLICT; nothing has changed then. */
export async function addPort(state: PodState, request: PortRequest): Promise<PublishedPort> {
  checkLiving(state);
  checkCanPublish(state);
  const port = await choosePort(state.parts, request);
  const published = portsOf(state.record);
  if (published.some((other) => isSamePort(other, port))) return port;
  checkDistinct(state, [...published, port]);
  await setExtraPorts(state, [...(state.record.ports ?? []), port]);
  return port;
}

/** Ends the publishing of a port that was added. Rejects with PEAPOD_NOT_FOUND or PEAPOD_CONFLICT. */
export async function removePort(state: PodState, request: PublishedPort): Promise<void> {
  checkLiving(state);
  const port = await choosePort(state.parts, request);
  const { ports = [] } = state.record;
  const others = ports.filter((other) => !isSamePort(other, port));
  if (others.length === ports.length) throw notPublished(state, port);
  await setExtraPorts(state, others);
}

/** Rejects with PEAPOD_CONFLICT when two of a pod's ports are one port of the host. */
export function checkDistinct(state: PodState, ports: readonly PublishedPort[]): void {
  const table = new HostPortTable<PublishedPort>();
  for (const port of ports) {
    const other = table.find(port);
    if (other !== undefined) throw overlaps(state, port, other);
    table.add(port, port);
  }
}

/** Throws PEAPOD_USAGE for a pod without a network of its own. */
export function checkCanPublish({ pod }: PodState): void {
  if (hasOwnNetwork(pod)) return;
  const message = `Cannot publish a port of pod "${pod.metadata?.name}": it has no network of its own`;
  throw new PeapodError('PEAPOD_USAGE', message, {
    hint: "With the host's network a process has the ports it binds",
  });
}

/** One that is removed has a deletion, too. */
function checkLiving({ pod, record }: PodState): void {
  if (record.deletion === undefined) return;
  const message = `Cannot change the ports of pod "${pod.metadata?.name}": it is being deleted`;
  throw new PeapodError('PEAPOD_CONFLICT', message);
}

/**
 * Writes it down first: an engine that dies before the firewall knows sees to it when it adopts the sandbox. Other
 * pods may have a port that is given up only when the firewall has let go of it.
 */
async function setExtraPorts(state: PodState, ports: readonly PublishedPort[]): Promise<void> {
  const before = state.record.ports ?? [];
  claim(state, ports.length > before.length ? ports : before);
  state.record = { ...state.record, ports };
  try {
    await state.save();
    if (state.sandbox?.isAlive) await state.sandbox.handle?.setPorts(portsOf(state.record));
  } catch (error) {
    state.record = { ...state.record, ports: before };
    claim(state, before);
    await saveSomewhere(state);
    throw error;
  }
  claim(state, ports);
  // What stood in the way of its sandbox may have been one of the ports.
  state.sandboxProblem = undefined;
}

/** A pod without a sandbox has no ports yet: it asks for them when one is made. */
function claim({ sandbox, parts, holder, pod }: PodState, ports: readonly PublishedPort[]): void {
  if (sandbox !== undefined) parts.ports.set(holder, claimedPorts({ pod, ports }));
}

function overlaps({ pod }: PodState, port: PublishedPort, other: PublishedPort): PeapodError {
  return new PeapodError(
    'PEAPOD_CONFLICT',
    `Port ${formatHostPort(port)} of the host leads to port ${other.containerPort} of pod "${pod.metadata?.name}" already`,
    { hint: 'Remove that one first: peapod port rm', details: { ...port } },
  );
}

function notPublished({ pod, record }: PodState, port: PublishedPort): PeapodError {
  const name = pod.metadata?.name;
  const what = `port ${formatHostPort(port)} to ${port.containerPort}`;
  const message = `Cannot remove ${what} of pod "${name}": `;
  if (publishedPorts(record.pod).some((other) => isSamePort(other, port))) {
    return new PeapodError('PEAPOD_CONFLICT', `${message}its manifest publishes it`, {
      hint: 'Delete the pod and apply the manifest without it',
    });
  }
  return new PeapodError('PEAPOD_NOT_FOUND', `${message}it is not published`, {
    hint: `See what is: peapod port ${name}`,
    details: { name, ...port },
  });
}
