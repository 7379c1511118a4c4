import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { killCgroup, removeCgroup, removeEmptyCgroup } from '../kernel/cgroup-remove.js';
import { type Host, podCgroup, removeEmptyCgroups, removeEmptyRunDirectory } from '../kernel/host.js';
import { podRunDirectory } from '../kernel/paths.js';
import { type EndWatch, reapChild, watchEnd } from '../kernel/pidfd.js';
import { removeVolatileRecord, writeVolatileRecord } from '../kernel/record.js';
import type { SandboxRecord } from './spec.js';

/** Where the record of a pod's sandbox is. */
export function sandboxRecordPath(host: Host, podUid: string): string {
  return join(podRunDirectory(host.paths, podUid), 'sandbox.json');
}

/** Where pause lives, beside the pod's containers. */
export function pauseCgroup(host: Host, podUid: string): string {
  return `${podCgroup(host, podUid)}/pause`;
}

/** Kills all that runs in a pod's cgroup and removes the cgroup. Nothing happens when there is none. */
export async function removePodCgroup(host: Host, podUid: string): Promise<void> {
  const cgroup = podCgroup(host, podUid);
  if (killCgroup(cgroup)) {
    await removeCgroup(cgroup);
  }
}

/** Removes a sandbox's record, and what it was the last thing in. */
export async function forgetSandbox(host: Host, podUid: string): Promise<void> {
  removeVolatileRecord(sandboxRecordPath(host, podUid));
  removeEmptyRunDirectory(host, podUid);
  removeEmptyCgroups(host);
}

/** A pod's pause process, and with it the namespaces and mounts that live as long as it does. */
export class Sandbox {
  /** Of pause: what containers join. Valid until `close` or `remove`. */
  readonly pidfd: number;
  /** Resolves when pause has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #host: Host;
  #record: SandboxRecord;
  readonly #watch: EndWatch;
  #isClosed = false;

  constructor(host: Host, record: SandboxRecord, pidfd: number) {
    this.#host = host;
    this.#record = record;
    this.pidfd = pidfd;
    this.#watch = watchEnd(pidfd);
    this.ended = this.#watch.ended.then(() => reapChild(pidfd));
  }

  get record(): SandboxRecord {
    return this.#record;
  }

  /** Writes down what became of its network. */
  update(changes: Pick<SandboxRecord, 'attachment' | 'connection'>): void {
    const record = { ...this.#record, ...changes };
    writeVolatileRecord(sandboxRecordPath(this.#host, record.spec.podUid), record);
    this.#record = record;
  }

  /** Lets go of pause, which runs on. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    closeSync(this.pidfd);
  }

  /** Kills what runs in the pod's cgroup, pause included, and removes the cgroup and the record. */
  async remove(): Promise<void> {
    const { podUid } = this.#record.spec;
    const cgroup = podCgroup(this.#host, podUid);
    // Waiting for pause first: its cgroup can then be removed at the first try, without looking for others.
    if (killCgroup(cgroup)) {
      await this.ended;
      removeEmptyCgroup(pauseCgroup(this.#host, podUid));
      await removeCgroup(cgroup);
    }
    await this.ended;
    this.close();
    await forgetSandbox(this.#host, podUid);
  }
}
