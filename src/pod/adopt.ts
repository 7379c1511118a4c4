import type { PublishedPort } from '../network/attachment.js';
import type { EngineParts, PodParts } from './engine-parts.js';
import { EventLog } from './event-log.js';
import type { ContainerRun, StopRequest } from './observed.js';
import { PodState } from './pod-state.js';
import { claimedPorts, isSamePort, portsOf } from './published-ports.js';
import { mergeFacts, type PodRecord, type RunFacts } from './record.js';
import { isAlive } from './runs.js';
import type { ContainerHandle, Kept, SandboxHandle } from './runtime.js';

/** A pod's record together with what was true of it when the last engine let go, if the host still runs. */
export interface FoundPod {
  readonly record: PodRecord;
  readonly facts: RunFacts | undefined;
}

/** Reads the facts of each pod and merges what they know better into its record. */
export async function findPods(parts: EngineParts, records: readonly PodRecord[]): Promise<FoundPod[]> {
  return Promise.all(
    records.map(async (stored) => {
      const facts = await parts.store.loadFacts(stored.uid, parts.bootId);
      if (facts === undefined) return { record: stored, facts };
      return { record: mergeFacts(stored, facts), facts };
    }),
  );
}

/** What may run of the pods found: everything else under this root is to be removed. */
export function keptOf(pods: readonly FoundPod[]): Kept[] {
  return pods
    .filter(({ facts }) => facts !== undefined)
    .map(({ record }) => ({
      podUid: record.uid,
      containers: liveRuns(record).map(({ name, run }) => ({ name, attempt: run.attempt })),
    }));
}

/** Takes over what a former engine has left of a pod. What is lost is left for `decide` to make anew. */
export async function adoptPod(parts: PodParts, { record, facts }: FoundPod): Promise<PodState> {
  const events = new EventLog(await parts.store.loadEvents(record.uid));
  const state = new PodState(parts, record, events);
  if (facts !== undefined) await adoptSandbox(state, facts);
  for (const { name, run } of liveRuns(record)) {
    if (facts === undefined) loseRun(state, name, run, 'The host was restarted');
    else await adoptRun(state, name, run, facts);
  }
  // What was true when the status was last written need not be any more.
  state.status = state.buildStatus();
  return state;
}

async function adoptSandbox(state: PodState, { sandbox }: RunFacts): Promise<void> {
  if (sandbox === undefined) return;
  const handle = await state.parts.runtime.adoptSandbox(state.uid);
  state.sandbox = { ...sandbox, ...(handle && { handle }), isAlive: handle !== undefined };
  if (handle !== undefined) state.parts.names.add(state.pod, handle.ips);
  try {
    state.parts.ports.set(state.holder, claimedPorts(state.record));
    if (handle !== undefined) await adjustPorts(state, handle);
  } catch (error) {
    state.warn(`Cannot publish its ports: ${(error as Error).message}`);
  }
}

/** The engine before us may have died between writing a port down and publishing it. */
async function adjustPorts(state: PodState, handle: SandboxHandle): Promise<void> {
  const wanted = portsOf(state.record);
  const isSame = (one: PublishedPort, at: number) => isSamePort(one, wanted[at] as PublishedPort);
  if (handle.ports.length === wanted.length && handle.ports.every(isSame)) return;
  await handle.setPorts(wanted);
}

async function adoptRun(state: PodState, name: string, run: ContainerRun, facts: RunFacts): Promise<void> {
  const { attempt } = run;
  const handle = await state.parts.runtime.adoptContainer({ podUid: state.uid, name, attempt });
  if (handle !== undefined) {
    state.handles.set(name, handle);
    const process = facts.processes[name];
    if (process !== undefined) state.processes.set(name, process);
    state.changeRun(name, attempt, { startedAt: handle.startedAt });
    if (run.stop !== undefined) stopAgain(state, handle, run.stop);
  } else if (run.startedAt === undefined) forgetRun(state, name);
  else loseRun(state, name, run, 'Neither its process nor a record of its end was found');
}

/** The stop was recorded before it was asked for, so it may never have been: better twice than not at all. */
function stopAgain(state: PodState, handle: ContainerHandle, { at, gracePeriodSeconds }: StopRequest): void {
  const graceMs = Math.max(0, at + gracePeriodSeconds * 1000 - state.now());
  handle.stop(graceMs).catch((error: Error) => state.warn(`Cannot stop a container: ${error.message}`));
}

/** It was meant to be started and never was: it counts for nothing. */
function forgetRun(state: PodState, name: string): void {
  state.setContainer(name, state.container(name).before ?? {});
}

function loseRun(state: PodState, name: string, { attempt }: ContainerRun, reason: string): void {
  state.changeRun(name, attempt, { exit: { kind: 'unknown', reason }, finishedAt: state.now() });
}

function liveRuns({ containers }: PodRecord): { name: string; run: ContainerRun }[] {
  return Object.entries(containers).flatMap(([name, { current }]) =>
    isAlive(current) ? [{ name, run: current }] : [],
  );
}
