import type { Pod, PodStatus } from 'kubernetes-types/core/v1.js';
import { defer } from '../container/deferred.js';
import type { ProcessSpec } from '../container/spec.js';
import type { EventNote } from './actions.js';
import type { ContainerPull } from './container-pull.js';
import type { PodEvent } from './engine-api.js';
import type { PodParts } from './engine-parts.js';
import type { EventLog } from './event-log.js';
import type { FirstRun } from './first-run.js';
import type { LocalImage } from './images.js';
import type { ContainerRun, PodObservation, StartProblem } from './observed.js';
import type { PortHolder } from './port-claims.js';
import type { ContainerRecord, PodRecord } from './record.js';
import type { ContainerHandle, SandboxHandle } from './runtime.js';
import { type Failure, nextProblem } from './start-problem.js';
import { buildStatus } from './status.js';

/** The sandbox in use. Without a handle it is being made, or it was lost and has to be replaced. */
export interface SandboxState {
  readonly attempt: number;
  readonly createdAt: number;
  readonly handle?: SandboxHandle;
  readonly isAlive: boolean;
}

/** All that is known of one pod: what is on disk, what runs, and what stood in the way. Only its worker changes it. */
export class PodState {
  readonly parts: PodParts;
  readonly events: EventLog;
  readonly handles = new Map<string, ContainerHandle>();
  readonly processes = new Map<string, ProcessSpec>();
  readonly problems = new Map<string, StartProblem>();
  /** By container: pulls for starts that wait for them. */
  readonly pulls = new Map<string, ContainerPull>();
  /** By container: what it was last started from, or is about to be. */
  readonly images = new Map<string, LocalImage>();
  record: PodRecord;
  sandbox: SandboxState | undefined;
  sandboxProblem: StartProblem | undefined;
  isRemoved = false;
  /** Resolves when nothing is left of it. */
  readonly removed = defer<void>();
  /** Sessions that follow what its containers write: until they have it all, its logs stay. */
  readers = 0;
  firstRun: FirstRun | undefined;

  constructor(parts: PodParts, record: PodRecord, events: EventLog) {
    this.parts = parts;
    this.record = record;
    this.events = events;
  }

  get uid(): string {
    return this.record.uid;
  }

  get pod(): Pod {
    return this.record.pod;
  }

  /** The pod as the holder of its ports. */
  get holder(): PortHolder {
    return { uid: this.uid, name: this.pod.metadata?.name ?? '' };
  }

  get status(): PodStatus {
    return this.record.pod.status ?? {};
  }

  set status(status: PodStatus) {
    this.record = { ...this.record, pod: { ...this.record.pod, status } };
  }

  now(): number {
    return this.parts.clock.now();
  }

  container(name: string): ContainerRecord {
    return this.record.containers[name] ?? {};
  }

  setContainer(name: string, container: ContainerRecord): void {
    this.record = { ...this.record, containers: { ...this.record.containers, [name]: container } };
  }

  /** Changes the newest run of a container, if it still is that one. It counts from then on. */
  changeRun(name: string, attempt: number, change: Partial<ContainerRun>): void {
    const { before: _, ...container } = this.container(name);
    if (container.current?.attempt !== attempt) return;
    this.setContainer(name, { ...container, current: { ...container.current, ...change } });
  }

  addProblem(name: string, failure: Failure): void {
    this.problems.set(name, nextProblem(this.problems.get(name), failure, this.now()));
  }

  addEvent(note: EventNote): void {
    this.events.add(note, this.now());
  }

  /** Tells what is wrong with this pod where its events cannot. */
  warn(message: string): void {
    this.parts.warn(`Pod "${this.pod.metadata?.name}": ${message}`);
  }

  async save(): Promise<void> {
    await this.parts.store.save(this.record);
  }

  /** Remembers what has happened already: a failure changes nothing of that, and the next write has it too. */
  async noteFacts(): Promise<void> {
    await this.saveFacts().catch((error: Error) => this.warn(`Cannot save what runs: ${error.message}`));
  }

  /** Remembers what runs, or is about to. Never waits for the disk. */
  async saveFacts(): Promise<void> {
    const { sandbox } = this;
    await this.parts.store.saveFacts(this.uid, {
      bootId: this.parts.bootId,
      ...(sandbox && { sandbox: { attempt: sandbox.attempt, createdAt: sandbox.createdAt } }),
      containers: this.record.containers,
      processes: Object.fromEntries(this.processes),
      status: this.status,
      resourceVersion: this.record.resourceVersion,
    });
  }

  /** Events are worth a line, not a pod: one that cannot be kept is only told. */
  async saveEvents(events: readonly PodEvent[]): Promise<void> {
    try {
      await this.parts.store.saveEvents(this.uid, events);
    } catch (error) {
      this.warn(`Cannot save its events: ${(error as Error).message}`);
    }
  }

  /** The facts as `decide` and the status are made from. */
  observe(): PodObservation {
    const { sandbox, sandboxProblem, record } = this;
    const names = new Set([...Object.keys(record.containers), ...this.problems.keys(), ...this.pulls.keys()]);
    return {
      ...(sandbox && {
        sandbox: {
          attempt: sandbox.attempt,
          createdAt: sandbox.createdAt,
          alive: sandbox.isAlive,
          ips: sandbox.handle?.ips ?? [],
        },
      }),
      ...(sandboxProblem && { sandboxProblem }),
      containers: Object.fromEntries([...names].map((name) => [name, this.#observeContainer(name)])),
      ...(record.deletion && { deletion: record.deletion }),
      ...(this.readers > 0 && { isBeingRead: true }),
      startTime: record.startTime,
    };
  }

  /** The status those facts amount to now. */
  buildStatus(): PodStatus {
    return buildStatus(this.pod, this.observe(), { now: this.now(), hostIPs: this.parts.hostIPs() });
  }

  #observeContainer(name: string) {
    const problem = this.problems.get(name);
    const { before: _, ...container } = this.container(name);
    const pull = this.pulls.get(name);
    const isPulling = pull !== undefined && pull.outcome === undefined;
    return { name, ...container, ...(problem && { problem }), ...(isPulling && { isPulling }) };
  }
}
