import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { KeyedQueues } from '../kernel/serial-queue.js';
import type { PublishedPort } from '../network/attachment.js';
import { buildRecord, changePod, planUpdate, resultOf } from './apply-pod.js';
import type { CreatePodOptions } from './bare-pod.js';
import { addPort, removePort } from './change-ports.js';
import { createPod } from './create-pod.js';
import { recordDeletion } from './delete-pod.js';
import type {
  ApplyOptions,
  ApplyResult,
  AttachOptions,
  DeleteOptions,
  Engine,
  ExecOptions,
  ExecSession,
  KillOptions,
  LogChunk,
  LogOptions,
  PodEvent,
  PortRequest,
  RunOptions,
  WatchEvent,
} from './engine-api.js';
import type { EngineParts, PodParts } from './engine-parts.js';
import { attachToContainer, execInContainer } from './enter-container.js';
import { EventLog } from './event-log.js';
import { ImageEngine } from './image-engine.js';
import { inspectPod } from './inspect-pod.js';
import type { PodInspection } from './inspection.js';
import { killContainer } from './kill-container.js';
import type { LoadedPod } from './manifest/load-pod.js';
import { buildPodObject } from './pod-object.js';
import { PodRegistry } from './pod-registry.js';
import { PodState } from './pod-state.js';
import { portsOf } from './published-ports.js';
import { readManifest } from './read-manifest.js';
import { readPodLog } from './read-pod-log.js';
import { awaitRun, beginRun } from './run-pod.js';
import type { WatchOptions } from './watch-hub.js';
import type { PodWorker } from './worker.js';

/** What became of one pod of a manifest. */
interface Applied {
  readonly pod: Pod;
  readonly action: ApplyResult['action'];
}

/**
 * The pod engine of one root, which the caller holds: it takes over what an earlier engine left, and looks after each
 * pod with a worker of its own. Calls for one name are done one after another, those for different names are not.
 */
export class PodEngine implements Engine {
  readonly images: ImageEngine;
  readonly #parts: PodParts;
  readonly #pods: PodRegistry;
  readonly #queues = new KeyedQueues();
  readonly #closing = new AbortController();
  /** What closes each open session. */
  readonly #sessions = new Set<() => void>();

  private constructor(parts: EngineParts) {
    this.#pods = new PodRegistry(parts);
    this.#parts = this.#pods.parts;
    this.images = new ImageEngine(this.#pods, this.#closing.signal);
  }

  /** Adopts what is there. Resolves when every pod has a worker. */
  static async open(parts: EngineParts): Promise<PodEngine> {
    const engine = new PodEngine(parts);
    await engine.#pods.adopt();
    return engine;
  }

  async apply(manifest: string | object, options: ApplyOptions = {}): Promise<ApplyResult[]> {
    const { allowedUnsafeSysctls } = this.#parts;
    const { pods, warnings } = await readManifest(manifest, { ...options, allowedUnsafeSysctls });
    const results: ApplyResult[] = [];
    for (const loaded of pods) {
      const name = loaded.pod.metadata?.name ?? '';
      const { pod, action } = await this.#serially(name, () => this.#applyOne(loaded, options));
      results.push(resultOf(pod, action, results.length === 0 ? warnings : []));
    }
    return results;
  }

  async createPod(options: CreatePodOptions): Promise<Pod> {
    return this.#serially(options.name, async () => {
      if (this.#pods.find(options.name) !== undefined) {
        throw new PeapodError('PEAPOD_CONFLICT', `Cannot create pod "${options.name}": there is one already`);
      }
      const state = await createPod(this.#parts, options);
      this.#pods.add(state);
      return buildPodObject(state.record);
    });
  }

  async run(manifest: object, options: RunOptions = {}): Promise<ExecSession> {
    const { allowedUnsafeSysctls } = this.#parts;
    const { pods } = await readManifest(manifest, { source: 'run', allowedUnsafeSysctls });
    const [loaded] = pods as [LoadedPod];
    const name = loaded.pod.metadata?.name ?? '';
    const begun = await this.#serially(name, () => beginRun(this.#pods, loaded, options));
    return this.#endWithUs(await awaitRun(begun));
  }

  async get(name: string): Promise<Pod> {
    return buildPodObject(this.#state(name).record);
  }

  async list(): Promise<Pod[]> {
    this.#checkOpen();
    const states = this.#pods.workers().map(({ state }) => state);
    states.sort((one, other) => (one.holder.name < other.holder.name ? -1 : 1));
    return states.map(({ record }) => buildPodObject(record));
  }

  async events(name: string): Promise<PodEvent[]> {
    return this.#state(name).events.list();
  }

  async inspect(name: string): Promise<PodInspection> {
    return inspectPod(this.#state(name));
  }

  async ports(name: string): Promise<PublishedPort[]> {
    return portsOf(this.#state(name).record);
  }

  async addPort(name: string, port: PortRequest): Promise<PublishedPort> {
    return this.#change(name, ({ state }) => addPort(state, port));
  }

  async removePort(name: string, port: PublishedPort): Promise<void> {
    await this.#change(name, ({ state }) => removePort(state, port));
  }

  watch(options: WatchOptions = {}): AsyncIterable<WatchEvent> {
    return this.#pods.watch({ ...options, signal: this.#untilClosed(options.signal) });
  }

  async exec(name: string, options: ExecOptions): Promise<ExecSession> {
    return this.#endWithUs(await execInContainer(this.#state(name), options));
  }

  async attach(name: string, options: AttachOptions = {}): Promise<ExecSession> {
    return this.#endWithUs(await attachToContainer(this.#state(name), options));
  }

  async kill(name: string, options: KillOptions): Promise<void> {
    await killContainer(this.#state(name), options);
  }

  async *logs(name: string, options: LogOptions = {}): AsyncGenerator<LogChunk> {
    yield* readPodLog(this.#state(name), { ...options, signal: this.#untilClosed(options.signal) });
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    // Whoever watches sees that it is to end before it does: its status alone would tell too late.
    await this.#change(name, async ({ state }) => {
      if (await recordDeletion(state, options)) this.#pods.changed(state);
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const close of this.#sessions) close();
    await this.#queues.idle();
    await Promise.all(this.#pods.workers().map((worker) => worker.close()));
    await this.#parts.pulls.close();
    await this.#parts.images.close();
    await this.#parts.names.bridgeDown();
    await this.#parts.runtime.close();
  }

  async #applyOne(loaded: LoadedPod, options: ApplyOptions): Promise<Applied> {
    const worker = this.#pods.find(loaded.pod.metadata?.name ?? '');
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
      this.#pods.changed(state);
    }
    return { pod: state.pod, action: 'configured' };
  }

  async #create(loaded: LoadedPod, { dryRun = false }: ApplyOptions): Promise<Pod> {
    const record = buildRecord(loaded, this.#parts.clock.now());
    const state = new PodState(this.#parts, record, new EventLog());
    state.status = state.buildStatus();
    if (dryRun) return state.pod;
    await state.save();
    this.#pods.add(state);
    return state.pod;
  }

  /** Changes a pod that is there, after whatever was asked of it before. */
  #change<T>(name: string, change: (worker: PodWorker) => Promise<T>): Promise<T> {
    return this.#serially(name, () => {
      const worker = this.#pods.get(name);
      return worker.request(() => change(worker));
    });
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

  #state(name: string): PodState {
    this.#checkOpen();
    return this.#pods.get(name).state;
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
