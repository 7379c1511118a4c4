import type { Pod, PodStatus } from 'kubernetes-types/core/v1.js';
import type { ProcessSpec } from '../container/spec.js';
import { PeapodError } from '../errors.js';
import type { PublishedPort } from '../network/attachment.js';
import type { BackOff, ContainerRun } from './observed.js';

/** What is remembered of one container across restarts of the engine and of the host. */
export interface ContainerRecord {
  readonly current?: ContainerRun;
  readonly previous?: ContainerRun;
  readonly backOff?: BackOff;
  /** What all this was before the newest run was begun, for as long as that has not come to run. */
  readonly before?: Omit<ContainerRecord, 'before'>;
}

export interface DeletionRecord {
  /** Milliseconds since the epoch. */
  readonly requestedAt: number;
  readonly gracePeriodSeconds: number;
}

/**
 * The durable record of a pod: its manifest as accepted, defaults and metadata filled in, and how its containers'
 * runs ended. It is written, with fsync, when a pod is applied or deleted and when a run ends, never to start one:
 * what is true only of running processes is in the run facts.
 */
export interface PodRecord {
  readonly uid: string;
  readonly pod: Pod;
  /** Containers whose imagePullPolicy the manifest states: to the others a local image is good enough. */
  readonly pullPolicyStated: readonly string[];
  /** Milliseconds since the epoch: when it was accepted. */
  readonly startTime: number;
  readonly deletion?: DeletionRecord;
  /** Published besides what the manifest publishes. */
  readonly ports?: readonly PublishedPort[];
  readonly containers: Readonly<Record<string, ContainerRecord>>;
  /** The greatest version given out for this pod when it was last written. */
  readonly resourceVersion: number;
}

/**
 * What is true until the host reboots: the sandbox in use and the runs begun since the record was last written.
 * Written without fsync, before the start of what it names: a process that is killed loses nothing of it, and a
 * power cut ends what it describes anyway.
 */
export interface RunFacts {
  readonly bootId: string;
  readonly sandbox?: SandboxFacts;
  readonly containers: Readonly<Record<string, ContainerRecord>>;
  /** By container name: what its newest run was started as, for what enters it later. */
  readonly processes: Readonly<Record<string, ProcessSpec>>;
  /** As it was last shown: conditions remember since when they hold. */
  readonly status: PodStatus;
  readonly resourceVersion: number;
}

export interface SandboxFacts {
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Checks what was read back as far as a pod cannot do without. Throws PEAPOD_STATE_CORRUPT. */
export function checkPodRecord(value: unknown, uid: string): PodRecord {
  const record = value as Partial<PodRecord> | null;
  const isWhole =
    record?.uid === uid &&
    record.pod?.metadata?.uid === uid &&
    typeof record.pod.metadata.name === 'string' &&
    Array.isArray(record.pod.spec?.containers) &&
    Array.isArray(record.pullPolicyStated) &&
    typeof record.startTime === 'number' &&
    typeof record.containers === 'object' &&
    typeof record.resourceVersion === 'number' &&
    (record.ports === undefined || Array.isArray(record.ports));
  if (isWhole) return record as PodRecord;
  throw new PeapodError(
    'PEAPOD_STATE_CORRUPT',
    `Cannot use the record of pod ${uid}: it is of something else`,
  );
}

/** The record as the facts of this boot complete it. */
export function mergeFacts(record: PodRecord, facts: RunFacts): PodRecord {
  return {
    ...record,
    pod: { ...record.pod, status: facts.status },
    containers: mergeContainers(record.containers, facts.containers),
    resourceVersion: Math.max(record.resourceVersion, facts.resourceVersion),
  };
}

/** The newer of what two records say of each container: a later run counts more, and of the same run its end. */
function mergeContainers(
  durable: PodRecord['containers'],
  facts: RunFacts['containers'],
): Record<string, ContainerRecord> {
  const merged = { ...durable };
  for (const [name, candidate] of Object.entries(facts)) {
    const known = durable[name];
    if (known === undefined || isNewer(candidate, known)) merged[name] = candidate;
  }
  return merged;
}

function isNewer(candidate: ContainerRecord, known: ContainerRecord): boolean {
  const difference = (candidate.current?.attempt ?? -1) - (known.current?.attempt ?? -1);
  return difference > 0 || (difference === 0 && known.current?.finishedAt === undefined);
}
