import { buildRecord } from './apply-pod.js';
import { buildBarePod, type CreatePodOptions } from './bare-pod.js';
import { checkCanPublish, checkDistinct } from './change-ports.js';
import { choosePort } from './choose-port.js';
import type { PodParts } from './engine-parts.js';
import { EventLog } from './event-log.js';
import { PodState } from './pod-state.js';
import { claimedPorts } from './published-ports.js';

/**
 * A new pod without containers, whose ports are its own from now on; the disk has it when this resolves. Rejects with
 * PEAPOD_MANIFEST_INVALID, PEAPOD_USAGE, PEAPOD_CONFLICT or PEAPOD_PORT_TAKEN, and leaves nothing then.
 */
export async function createPod(parts: PodParts, options: CreatePodOptions): Promise<PodState> {
  const { loadPodObject } = await import('./manifest/load-object.js');
  const { allowedUnsafeSysctls } = parts;
  const settings = { source: 'pod create', isBare: true, allowedUnsafeSysctls };
  const loaded = loadPodObject(buildBarePod(options), settings);
  const record = buildRecord(loaded, parts.clock.now());
  const state = new PodState(parts, record, new EventLog());
  await takePorts(state, options.ports ?? []);
  state.status = state.buildStatus();
  try {
    await state.save();
  } catch (error) {
    parts.ports.release(state.holder);
    throw error;
  }
  return state;
}

async function takePorts(state: PodState, requests: NonNullable<CreatePodOptions['ports']>): Promise<void> {
  if (requests.length === 0) return;
  checkCanPublish(state);
  const ports = await Promise.all(requests.map((request) => choosePort(state.parts, request)));
  checkDistinct(state, ports);
  state.record = { ...state.record, ports };
  state.parts.ports.set(state.holder, claimedPorts(state.record));
}
