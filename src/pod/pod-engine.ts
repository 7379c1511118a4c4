import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { KeyedQueues } from '../kernel/serial-queue.js';
import { adoptPod, findPods, keptOf } from './adopt.js';
import { buildRecord, changePod, planUpdate, resultOf } from './apply-pod.js';
import { recordDeletion } from './delete-pod.js';
import type {
  ApplyOptions,
  ApplyResult,
  AttachOptions,
  DeleteOptions,
  Engine,
  ExecOptions,
  ExecSession,
  ImageSummary,
  ImportOptions,
  LogChunk,
  LogOptions,
  PodEvent,
  WatchEvent,
} from './engine-api.js';
import type { EngineParts } from './engine-parts.js';
import { attachToContainer, execInContainer } from './enter-container.js';
import { EventLog } from './event-log.js';
import type { LoadedPod } from './manifest/load-pod.js';
import { buildPodObject } from './pod-object.js';
import { PodState } from './pod-state.js';
import { readManifest } from './read-manifest.js';
import { readPodLog } from './read-pod-log.js';
import { buildStatus } from './status.js';
import { WatchHub, type WatchOptions } from './watch-hub.js';
import { PodWorker, type WorkerListener } from './worker.js';

/** What became of one pod of a manifest. */
interface Applied {
  readonly pod: Pod;
  readonly action: ApplyResult['action'];
}

/**
 * The pod engine of one root, which the caller holds: it takes over what an earlier engine left, and looks after each
 * pod with a worker of its own. Calls for one name are done one after another, those for different names are not.
 */
export class PodEngine implements Engine, WorkerListener {
  readonly #parts: EngineParts;
  readonly #workers = new Map<string, PodWorker>();
  readonly #queues = new KeyedQueues();
  readonly #hub = new WatchHub();
  readonly #closing = new AbortController();
  /** What closes each open session. */
  readonly #sessions = new Set<() => void>();
  #version = 0;

  private constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Adopts what is there. Resolves when every pod has a worker. */
  static async open(parts: EngineParts): Promise<PodEngine> {
    const engine = new PodEngine(parts);
    const { records, warnings } = await parts.store.load();
    for (const warning of warnings) parts.warn(warning);
    const found = await findPods(parts, records);
    await parts.runtime.removeLeftovers(keptOf(found));
    const states = await Promise.all(found.map((pod) => adoptPod(parts, pod)));
    // Later than any version of the engine before, which may have given out more than it wrote down.
    engine.#version = Math.max(parts.clock.now(), ...states.map((state) => state.record.resourceVersion));
    for (const state of states) engine.#add(state);
    return engine;
  }

  async apply(manifest: string | object, options: ApplyOptions = {}): Promise<ApplyResult[]> {
    const { pods, warnings } = await readManifest(manifest, options);
    const results: ApplyResult[] = [];
    for (const loaded of pods) {
      const { pod, action } = await this.#serially(nameOf(loaded.pod), () => this.#applyOne(loaded, options));
      results.push(resultOf(pod, action, results.length === 0 ? warnings : []));
    }
    return results;
  }

  async get(name: string): Promise<Pod> {
    return buildPodObject(this.#worker(name).state.record);
  }

  async list(): Promise<Pod[]> {
    this.#checkOpen();
    const names = [...this.#workers.keys()].sort();
    return names.map((name) => buildPodObject(this.#worker(name).state.record));
  }

  async events(name: string): Promise<PodEvent[]> {
    return this.#worker(name).state.events.list();
  }

  watch(options: WatchOptions = {}): AsyncIterable<WatchEvent> {
    const present = () => [...this.#workers.values()].map(({ state }) => buildPodObject(state.record));
    return this.#hub.watch(present, { ...options, signal: this.#untilClosed(options.signal) });
  }

  async exec(name: string, options: ExecOptions): Promise<ExecSession> {
    return this.#endWithUs(await execInContainer(this.#worker(name).state, options));
  }

  async attach(name: string, options: AttachOptions = {}): Promise<ExecSession> {
    return this.#endWithUs(await attachToContainer(this.#worker(name).state, options));
  }

  /** A session that outlived its engine would keep the program alive. */
  #endWithUs(session: ExecSession): ExecSession {
    const close = (): void => {
      this.#sessions.delete(close);
      session.close();
    };
    this.#sessions.add(close);
    session.exit.then(() => this.#sessions.delete(close));
    if (this.#closing.signal.aborted) close();
    return { ...session, close };
  }

  async *logs(name: string, options: LogOptions = {}): AsyncGenerator<LogChunk> {
    const { state } = this.#worker(name);
    yield* readPodLog(state, { ...options, signal: this.#untilClosed(options.signal) });
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#serially(name, () => {
      const worker = this.#worker(name);
      // Whoever watches sees that it is to end before it does: its status alone would tell too late.
      return worker.request(async () => {
        if (await recordDeletion(worker.state, options)) this.#publish('MODIFIED', worker.state);
      });
    });
  }

  async images(): Promise<ImageSummary[]> {
    return this.#parts.images.list();
  }

  async importImage(options: ImportOptions): Promise<ImageSummary> {
    const image = await this.#parts.images.import(options);
    // Whoever waits for an image may have it now.
    for (const worker of this.#workers.values()) {
      await worker.request(async () => worker.state.problems.clear());
    }
    return image;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const close of this.#sessions) close();
    await this.#queues.idle();
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    await this.#parts.runtime.close();
  }

  changed(state: PodState): void {
    this.#publish('MODIFIED', state);
  }

  removed(state: PodState): void {
    this.#workers.delete(nameOf(state.pod));
    this.#publish('DELETED', state);
  }

  async #applyOne(loaded: LoadedPod, options: ApplyOptions): Promise<Applied> {
    const worker = this.#workers.get(nameOf(loaded.pod));
    if (worker === undefined) return { pod: await this.#create(loaded, options), action: 'created' };
    const answer = await worker.request(() => this.#update(worker.state, loaded, options));
    // Gone while we waited for its worker: then there is nothing to change any more, but to create.
    return answer ?? this.#applyOne(loaded, options);
  }

  async #update(state: PodState, loaded: LoadedPod, { dryRun }: ApplyOptions): Promise<Applied | undefined> {
    if (state.isRemoved) return undefined;
    const changed = planUpdate(state, loaded);
    if (changed === undefined) return { pod: state.pod, action: 'unchanged' };
    if (!dryRun) {
      await changePod(state, changed, loaded);
      this.#publish('MODIFIED', state);
    }
    return { pod: state.pod, action: 'configured' };
  }

  async #create(loaded: LoadedPod, { dryRun = false }: ApplyOptions): Promise<Pod> {
    const record = buildRecord(loaded, this.#parts.clock.now());
    const state = new PodState(this.#parts, record, new EventLog());
    state.status = buildStatus(state.pod, state.observe(), { now: state.now() });
    if (dryRun) return state.pod;
    await state.save();
    this.#add(state);
    return state.pod;
  }

  #add(state: PodState): void {
    const worker = new PodWorker(state, this);
    this.#workers.set(nameOf(state.pod), worker);
    this.#publish('ADDED', state);
    worker.start();
  }

  #publish(type: WatchEvent['type'], state: PodState): void {
    state.record = { ...state.record, resourceVersion: ++this.#version };
    this.#hub.publish({ type, object: buildPodObject(state.record) });
  }

  #worker(name: string): PodWorker {
    this.#checkOpen();
    const worker = this.#workers.get(name);
    if (worker !== undefined) return worker;
    throw new PeapodError('PEAPOD_NOT_FOUND', `Cannot find pod "${name}"`, { details: { name } });
  }

  #serially<T>(name: string, task: () => Promise<T>): Promise<T> {
    return this.#queues.run(name, async () => {
      this.#checkOpen();
      return task();
    });
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new PeapodError('PEAPOD_USAGE', 'The engine is closed');
  }

  #untilClosed(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
  }
}

function nameOf(pod: Pod): string {
  return pod.metadata?.name ?? '';
}
