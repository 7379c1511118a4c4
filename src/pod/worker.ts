import type { Pod } from 'kubernetes-types/core/v1.js';
import { SerialQueue } from '../kernel/serial-queue.js';
import { debug } from '../log.js';
import { describeActions, type PodActions } from './actions.js';
import { applyActions } from './apply-actions.js';
import type { ContainerPull } from './container-pull.js';
import { decide } from './decide.js';
import { abortPulls, endPull } from './end-pull.js';
import { endRun, saveSomewhere } from './end-run.js';
import type { PodState } from './pod-state.js';
import { isTerminalPhase } from './restart.js';
import { eventsOfChange } from './transitions.js';

const log = debug('pod');

/** How long to wait after a round that failed for no reason the pod can show. */
const retryMs = 10_000;

export interface WorkerListener {
  /** The pod's object is another now. */
  changed(state: PodState): void;
  /** Nothing is left of the pod. */
  removed(state: PodState): void;
}

/**
 * Looks after one pod: observe, decide, apply, and again when something ended, somebody asked or the time decide
 * named has come. Everything happens in one queue, so nothing else changes the pod between two steps.
 */
export class PodWorker {
  readonly state: PodState;
  readonly #listener: WorkerListener;
  readonly #queue = new SerialQueue();
  #cancelTimer = (): void => {};
  #isWoken = false;
  #isClosed = false;

  constructor(state: PodState, listener: WorkerListener) {
    this.state = state;
    this.#listener = listener;
  }

  /** Starts looking after a pod, watching for the ends of what an earlier engine started. */
  start(): void {
    if (this.state.sandbox?.isAlive) this.watchSandbox();
    for (const name of this.state.handles.keys()) {
      this.watchContainer(name, this.state.container(name).current?.attempt ?? 0);
    }
    this.wake();
  }

  /** Has a round run soon; any number of calls before it make one. */
  readonly wake = (): void => {
    if (this.#isWoken || this.#isClosed) return;
    this.#isWoken = true;
    this.#queue.run(() => this.#round());
  };

  /** Changes the pod between two rounds, and has one run then. */
  async request<T>(change: () => Promise<T>): Promise<T> {
    const result = await this.#queue.run(change);
    this.wake();
    return result;
  }

  /** Stops looking; what runs goes on, and the next engine begins its pulls anew. Resolves when the round under way is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#queue.idle();
    abortPulls(this.state, this.state.pulls.keys());
  }

  watchContainer(name: string, attempt: number): void {
    this.state.handles
      .get(name)
      ?.exit.then((exit) => this.#note(() => endRun(this.state, { name, attempt }, exit)));
  }

  watchSandbox(): void {
    const handle = this.state.sandbox?.handle;
    handle?.ended.then(() =>
      this.#note(async () => {
        const { sandbox } = this.state;
        const isInUse = sandbox !== undefined && sandbox.handle === handle;
        if (isInUse) this.state.sandbox = { ...sandbox, isAlive: false };
      }),
    );
  }

  watchPull(name: string, pull: ContainerPull): void {
    pull.ended.then(() => this.#note(async () => endPull(this.state, name, pull)));
  }

  #note(change: () => Promise<void>): void {
    if (!this.#isClosed) this.request(change).catch((error) => this.#fail(error));
  }

  async #round(): Promise<void> {
    this.#isWoken = false;
    if (this.#isClosed || this.state.isRemoved) return;
    this.#cancelTimer();
    try {
      await this.#decideAndApply();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async #decideAndApply(): Promise<void> {
    const { state } = this;
    const observed = state.observe();
    const actions = decide(state.pod, observed, state.now());
    if (log.enabled) logActions(state.pod, actions);
    await applyActions(state, actions, this);
    if (state.isRemoved) return this.#listener.removed(state);
    await this.#publish();
    // A round that changed nothing would decide the same again: that is what the timer is for.
    if (JSON.stringify(observed) !== JSON.stringify(state.observe())) this.wake();
    else if (actions.wakeAt !== undefined) this.#wakeAt(actions.wakeAt);
  }

  async #publish(): Promise<void> {
    const { state } = this;
    const before = state.status;
    const status = state.buildStatus();
    for (const note of eventsOfChange(state.pod, before, status)) state.addEvent(note);
    const events = state.events.takeChanged();
    if (events !== undefined) await state.saveEvents(events);
    if (JSON.stringify(status) === JSON.stringify(before)) return;
    state.status = status;
    this.#listener.changed(state);
    // How a pod ended is final, whatever becomes of the clock and the facts it was told from.
    if (isTerminalPhase(status.phase) && !isTerminalPhase(before.phase)) await saveSomewhere(state);
    else await state.noteFacts();
  }

  #fail(error: Error): void {
    const { state } = this;
    state.addEvent({ type: 'Warning', reason: 'FailedSync', message: error.message, field: '' });
    state.warn(error.stack ?? error.message);
    this.#wakeAt(state.now() + retryMs);
  }

  #wakeAt(time: number): void {
    this.#cancelTimer();
    if (!this.#isClosed) this.#cancelTimer = this.state.parts.clock.at(time, this.wake);
  }
}

function logActions(pod: Pod, actions: PodActions): void {
  const text = describeActions(actions);
  if (text !== '') log('%s: %s', pod.metadata?.name, text);
}
