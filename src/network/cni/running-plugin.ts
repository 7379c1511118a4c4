import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { openProcess, watchEnd } from '../../kernel/pidfd.js';
import { identifyProcess, type ProcessIdentity } from '../../kernel/process.js';
import { readVolatileRecord, removeVolatileRecord, writeVolatileRecord } from '../../kernel/record.js';
import { killGroup } from '../../kernel/run-program.js';

interface RunningRecord extends ProcessIdentity {
  readonly version: 1;
}

/**
 * The plugin that runs for a pod, on disk: an engine that dies leaves it running, and the next must not ask another
 * for the same pod at the same time.
 */
export class RunningPlugin {
  readonly #path: string;

  constructor(directory: string, podUid: string) {
    this.#path = join(directory, `${podUid}.running`);
  }

  note(pid: number): void {
    const identity = identifyProcess(pid);
    if (identity !== undefined) writeVolatileRecord(this.#path, { version: 1, ...identity });
  }

  forget(): void {
    removeVolatileRecord(this.#path);
  }

  /** Ends the one a former engine has left, with all that it has started. */
  async end(): Promise<void> {
    const record = readVolatileRecord<RunningRecord>(this.#path, 1);
    const pidfd = record && openProcess(record);
    if (record !== undefined && pidfd !== undefined) {
      killGroup(record.pid);
      await watchEnd(pidfd).ended;
      closeSync(pidfd);
    }
    this.forget();
  }
}
