import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { adoptPod, findPods, keptOf } from './adopt.js';
import type { WatchEvent } from './engine-api.js';
import type { EngineParts, PodParts } from './engine-parts.js';
import { layersInUse } from './images-in-use.js';
import { joinedPodOf } from './network-choice.js';
import { buildPodObject } from './pod-object.js';
import type { PodState } from './pod-state.js';
import { PortClaims } from './port-claims.js';
import { SharedPulls } from './shared-pulls.js';
import { WatchHub, type WatchOptions } from './watch-hub.js';
import { PodWorker, type WorkerListener } from './worker.js';

/** The pods of one engine by name: a worker for each, and everyone who watches them. */
export class PodRegistry implements WorkerListener {
  readonly parts: PodParts;
  readonly #workers = new Map<string, PodWorker>();
  readonly #hub = new WatchHub();
  #version = 0;

  constructor(parts: EngineParts) {
    this.parts = {
      ...parts,
      pulls: new SharedPulls(parts.images),
      ports: new PortClaims(() => this.#tryAgain(waitsForPort)),
      findPod: (name) => this.#workers.get(name)?.state,
    };
  }

  /** Takes over what an earlier engine left. Resolves when every pod has a worker. */
  async adopt(): Promise<void> {
    const { parts } = this;
    const { records, warnings } = await parts.store.load();
    for (const warning of warnings) parts.warn(warning);
    const found = await findPods(parts, records);
    await parts.runtime.removeLeftovers(keptOf(found));
    const states = await Promise.all(found.map((pod) => adoptPod(parts, pod)));
    await parts.runtime.settle();
    // Later than any version of the engine before, which may have given out more than it wrote down.
    this.#version = Math.max(parts.clock.now(), ...states.map((state) => state.record.resourceVersion));
    for (const state of states) this.add(state);
  }

  /** In no order. */
  workers(): PodWorker[] {
    return [...this.#workers.values()];
  }

  find(name: string): PodWorker | undefined {
    return this.#workers.get(name);
  }

  /** Throws PEAPOD_NOT_FOUND. */
  get(name: string): PodWorker {
    const worker = this.#workers.get(name);
    if (worker !== undefined) return worker;
    throw new PeapodError('PEAPOD_NOT_FOUND', `Cannot find pod "${name}"`, { details: { name } });
  }

  add(state: PodState): PodWorker {
    const worker = new PodWorker(state, this);
    this.#workers.set(state.holder.name, worker);
    this.publish('ADDED', state);
    worker.start();
    return worker;
  }

  /** Tells everyone who watches. */
  publish(type: WatchEvent['type'], state: PodState): void {
    state.record = { ...state.record, resourceVersion: ++this.#version };
    this.#hub.publish({ type, object: buildPodObject(state.record) });
  }

  watch(options: WatchOptions): AsyncIterable<WatchEvent> {
    const present = (): Pod[] => this.workers().map(({ state }) => buildPodObject(state.record));
    return this.#hub.watch(present, options);
  }

  changed(state: PodState): void {
    this.publish('MODIFIED', state);
    this.#tryAgain(({ pod }) => joinedPodOf(pod) === state.holder.name);
  }

  removed(state: PodState): void {
    this.#workers.delete(state.holder.name);
    this.publish('DELETED', state);
    state.removed.resolve();
    this.#collectImages();
  }

  /** What only the removed pod still needed. */
  #collectImages(): void {
    const { images, warn } = this.parts;
    const told = (error: Error) => warn(`Cannot remove layers nobody needs: ${error.message}`);
    images.collect(() => layersInUse(this)).catch(told);
  }

  /** Of the pods whose sandbox could not be made, has these try at once: what they wait for may be there now. */
  #tryAgain(isMeant: (state: PodState) => boolean): void {
    for (const worker of this.#workers.values()) {
      const { state } = worker;
      if (state.sandboxProblem === undefined || !isMeant(state)) continue;
      void worker.request(async () => {
        state.sandboxProblem = undefined;
      });
    }
  }
}

function waitsForPort({ sandboxProblem }: PodState): boolean {
  return sandboxProblem?.reason === 'FailedScheduling';
}
