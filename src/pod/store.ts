import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../errors.js';
import { readRecord, syncDirectory, writeRecord } from '../kernel/durable-file.js';
import { type Paths, podDirectory } from '../kernel/paths.js';
import { removeTree } from '../kernel/remove-tree.js';
import type { PodEvent } from './engine-api.js';
import { checkPodRecord, type PodRecord, type RunFacts } from './record.js';

const recordName = 'pod.json';
const eventsName = 'events.json';

export interface LoadedPods {
  readonly records: readonly PodRecord[];
  /** A sentence for each record that could not be read and was put aside. */
  readonly warnings: readonly string[];
}

const shortages = ['EMFILE', 'ENFILE', 'ENOMEM'];

/** The pods' records on disk. One bad record costs one pod, never the others. */
export class PodStore {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  async load(): Promise<LoadedPods> {
    await mkdir(this.#paths.pods, { recursive: true, mode: 0o700 });
    await mkdir(this.#paths.podFacts, { recursive: true, mode: 0o700 });
    const records: PodRecord[] = [];
    const warnings: string[] = [];
    for (const uid of await readdir(this.#paths.pods)) {
      try {
        const record = await this.#load(uid);
        if (record !== undefined) records.push(record);
      } catch (error) {
        // We are short of something: that says nothing of the record, and whoever opens the root may try again.
        if (shortages.some((code) => hasCode(error, code))) throw error;
        warnings.push(await this.#putAside(uid, error as Error));
      }
    }
    await this.#removeStrayFacts(new Set(records.map((record) => record.uid)));
    return { records, warnings };
  }

  /** Returns when the disk has it. The first time this is what makes the pod exist. */
  async save(record: PodRecord): Promise<void> {
    const directory = podDirectory(this.#paths, record.uid);
    const created = await mkdir(directory, { recursive: true, mode: 0o700 });
    try {
      await writeRecord(join(directory, recordName), record, { isDurable: true });
    } catch (error) {
      // Of a pod that could not be accepted nothing stays; a directory that was there holds its record.
      if (created !== undefined) await rmdir(directory).catch(() => {});
      throw error;
    }
    if (created !== undefined) await syncDirectory(dirname(directory));
  }

  /** Survives the engine, not a power cut. */
  async saveFacts(uid: string, facts: RunFacts): Promise<void> {
    await writeRecord(this.#factsPath(uid), facts, { isDurable: false });
  }

  /** What was saved last on this boot, if anything. */
  async loadFacts(uid: string, bootId: string): Promise<RunFacts | undefined> {
    const facts = (await readRecord(this.#factsPath(uid)).catch(() => undefined)) as RunFacts | undefined;
    return facts?.bootId === bootId ? facts : undefined;
  }

  async saveEvents(uid: string, events: readonly PodEvent[]): Promise<void> {
    await writeRecord(join(podDirectory(this.#paths, uid), eventsName), events, { isDurable: false });
  }

  async loadEvents(uid: string): Promise<readonly PodEvent[]> {
    const path = join(podDirectory(this.#paths, uid), eventsName);
    return ((await readRecord(path).catch(() => undefined)) as readonly PodEvent[] | undefined) ?? [];
  }

  /** Forgets a pod. Its record goes last: an engine that dies on the way finds the deletion in it and goes on. */
  async remove(uid: string): Promise<void> {
    const directory = podDirectory(this.#paths, uid);
    await rm(this.#factsPath(uid), { force: true });
    for (const name of await listIfThere(directory)) {
      if (name !== recordName) await removeTree(join(directory, name));
    }
    await removeTree(directory);
    await syncDirectory(this.#paths.pods);
  }

  async #load(uid: string): Promise<PodRecord | undefined> {
    const directory = podDirectory(this.#paths, uid);
    try {
      return checkPodRecord(await readRecord(join(directory, recordName)), uid);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      const isPutAside = (await readdir(directory)).some((name) => name.startsWith(`${recordName}.corrupt`));
      // Without a record it was never accepted, or is forgotten: an engine died before or after.
      if (!isPutAside) await removeTree(directory);
      return undefined;
    }
  }

  async #putAside(uid: string, error: Error): Promise<string> {
    const path = join(podDirectory(this.#paths, uid), recordName);
    const aside = `${path}.corrupt-${Date.now()}`;
    try {
      await rename(path, aside);
      return `${error.message}; it is kept as ${aside}`;
    } catch (cause) {
      return `${error.message}; it cannot be put aside: ${(cause as Error).message}`;
    }
  }

  async #removeStrayFacts(uids: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#paths.podFacts)) {
      const uid = name.replace(/\.json(\.tmp)?$/, '');
      if (!uids.has(uid)) await rm(join(this.#paths.podFacts, name), { force: true });
    }
  }

  #factsPath(uid: string): string {
    return join(this.#paths.podFacts, `${uid}.json`);
  }
}

async function listIfThere(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
