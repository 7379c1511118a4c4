import { closeSync } from 'node:fs';
import { killCgroup } from '../kernel/cgroup-remove.js';
import { type Host, monitorCgroup } from '../kernel/host.js';
import { signalProcess } from '../kernel/pidfd.js';
import { defer } from './deferred.js';
import type { ContainerSession } from './exec.js';
import type { Monitor } from './monitor.js';
import type { MonitorMessage } from './protocol.js';
import { type ContainerExit, type ContainerRecord, readExit } from './record.js';
import { removeRun } from './remove-run.js';
import type { RunId, RunPaths } from './run-paths.js';
import type { MonitorSession } from './session.js';

/** How long a killed container's monitor may take to tell of the end: longer than its own bound for late output. */
const MONITOR_PATIENCE_MS = 10_000;

/** What is known of a run once its first process reached execve. */
export interface RunningFacts {
  readonly paths: RunPaths;
  readonly record: ContainerRecord;
  /** Of the first process; -1 when it had ended before anybody asked. The container's to close. */
  readonly pidfd: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** One run of a container, from execve on: running, or ended and not yet removed. */
export class Container {
  readonly id: RunId;
  readonly host: Host;
  readonly paths: RunPaths;
  readonly record: ContainerRecord;
  readonly startedAt: number;
  /** Of the first process, for as long as the container is not closed; -1 when there is none. */
  readonly pidfd: number;
  /** Settles once: when the first process ended and its output is in the log. */
  readonly exit: Promise<ContainerExit>;
  /** Its monitor, if that is our child. */
  monitor: Pick<Monitor, 'ended' | 'letGo'> | undefined;
  /** Attached before it began, if that was asked for. */
  attached: ContainerSession | undefined;
  readonly #exit = defer<ContainerExit>();
  #session: MonitorSession | undefined;
  #hasEnded = false;
  #isClosed = false;
  #killTimer: NodeJS.Timeout | undefined;
  #killAt = Number.POSITIVE_INFINITY;

  constructor(host: Host, id: RunId, facts: RunningFacts) {
    this.host = host;
    this.id = id;
    this.paths = facts.paths;
    this.record = facts.record;
    this.pidfd = facts.pidfd;
    this.startedAt = facts.startedAt;
    this.exit = this.#exit.promise;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The session that will tell of the end, the container's to close. */
  follow(session: MonitorSession): void {
    this.#session = session;
  }

  /** Takes the monitor's word, from the session that is followed. */
  onMessage(message: MonitorMessage): void {
    if (message.type === 'exited') {
      this.end({ status: message.status, finishedAt: message.atMs });
    }
  }

  /**
   * The followed session closed. A monitor that hangs up without telling of the end was killed; nobody reads the
   * container's output or can wait for it any more, so what is left of it is killed, and how it ended is unknown.
   */
  onClose(): void {
    if (this.#hasEnded || this.#isClosed) {
      return;
    }
    const recorded = readExit(this.paths);
    killCgroup(this.paths.cgroup);
    this.end(
      recorded ?? { status: { kind: 'unknown', reason: 'its monitor was lost' }, finishedAt: Date.now() },
    );
  }

  /** Marks the end. Only the first call counts. */
  end(exit: ContainerExit): void {
    this.#hasEnded = true;
    clearTimeout(this.#killTimer);
    this.#session?.close();
    this.#exit.resolve({ status: exit.status, finishedAt: exit.finishedAt });
  }

  /** Sends a signal to the first process; nothing happens when it has ended. */
  kill(signal: number): void {
    if (!this.#hasEnded && this.pidfd >= 0) {
      signalProcess(this.pidfd, signal);
    }
  }

  /**
   * Asks the first process to end with the stop signal and kills all of the container after `graceMs`; at once for 0.
   * Resolves when it has ended. A later call with less grace shortens an earlier one.
   */
  async stop(graceMs: number): Promise<void> {
    if (!this.#hasEnded) {
      if (graceMs > 0) {
        this.kill(this.record.stopSignal);
      }
      this.#killAfter(graceMs);
    }
    await this.exit;
  }

  /** Kills what still runs and removes all the run has on this machine but its log. */
  async remove(): Promise<void> {
    if (!this.#hasEnded) {
      killCgroup(this.paths.cgroup);
      await this.#endOrLoss();
    }
    this.#release();
    await removeRun(this.host, this.id, { name: this.record.monitor, ...this.monitor });
  }

  /** Lets go of the container, which runs on: `exit` is not settled any more. */
  close(): void {
    this.monitor?.letGo();
    this.#release();
  }

  /** A monitor that does not tell of the end of a killed container, because it is stopped, is given up. */
  async #endOrLoss(): Promise<void> {
    const timer = setTimeout(
      () => killCgroup(monitorCgroup(this.host, this.record.monitor)),
      MONITOR_PATIENCE_MS,
    );
    await this.exit;
    clearTimeout(timer);
  }

  #release(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      clearTimeout(this.#killTimer);
      this.#session?.close();
      if (this.pidfd >= 0) {
        closeSync(this.pidfd);
      }
    }
  }

  #killAfter(graceMs: number): void {
    const at = performance.now() + graceMs;
    if (at >= this.#killAt) {
      return;
    }
    this.#killAt = at;
    clearTimeout(this.#killTimer);
    if (graceMs === 0) {
      killCgroup(this.paths.cgroup);
    } else {
      this.#killTimer = setTimeout(() => killCgroup(this.paths.cgroup), graceMs);
    }
  }
}
