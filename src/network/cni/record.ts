import { mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../errors.js';
import { readRecord, writeRecord } from '../../kernel/durable-file.js';
import type { ProcessIdentity } from '../../kernel/process.js';
import type { JsonObject, NetworkList } from './network-list.js';
import type { CniSubject } from './request.js';

/** What DEL needs, whatever the configuration and the pod have become since ADD. */
export interface CniRecord {
  readonly pod: CniSubject;
  /** Whose network namespace it is. */
  readonly pause: ProcessIdentity;
  readonly list: NetworkList;
  /** What the last plugin answered to ADD; absent until all have. */
  readonly result?: JsonObject;
}

const suffix = '.json';

/**
 * The records of a root, one a pod. They outlive a reboot, unlike those of sandboxes: so do the addresses that plugins
 * have handed out, which only DEL gives back.
 */
export class CniRecords {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Uids of the pods that have one. */
  list(): string[] {
    const names = readdirSync(this.directory).filter((name) => name.endsWith(suffix));
    return names.map((name) => name.slice(0, -suffix.length));
  }

  /** Undefined when there is none. Rejects with PEAPOD_STATE_CORRUPT. */
  async read(podUid: string): Promise<CniRecord | undefined> {
    try {
      return (await readRecord(this.#path(podUid))) as CniRecord;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Resolves when the disk has it. */
  async write(record: CniRecord): Promise<void> {
    await writeRecord(this.#path(record.pod.podUid), record, { isDurable: true });
  }

  async remove(podUid: string): Promise<void> {
    await rm(this.#path(podUid), { force: true });
  }

  #path(podUid: string): string {
    return join(this.directory, `${podUid}${suffix}`);
  }
}
