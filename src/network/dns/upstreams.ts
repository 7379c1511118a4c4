import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { parseResolvConf } from './resolv-conf.js';

/** As many as a libc asks. */
const mostUpstreams = 3;
const looksEveryMs = 1000;

/**
 * The host's own name servers. Its resolv.conf is replaced in many ways (renamed over, written in place, linked
 * elsewhere), which no watch sees all of: so it is looked at when a query comes, once a second at most.
 */
export class Upstreams {
  readonly #path: string;
  readonly #excluded: ReadonlySet<string>;
  #servers: readonly string[] = [];
  #fingerprint = '';
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  /** @param excluded are never asked: a query we sent to ourselves would go round for ever. */
  constructor(path: string, excluded: readonly string[]) {
    this.#path = path;
    this.#excluded = new Set(excluded);
  }

  /** Never rejects: while the file cannot be read, the last servers known stand. */
  async list(): Promise<readonly string[]> {
    if (performance.now() - this.#lookedAt >= looksEveryMs) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }
    await this.#looking;
    return this.#servers;
  }

  async #look(): Promise<void> {
    try {
      const { dev, ino, size, mtimeMs } = await stat(this.#path);
      const fingerprint = [dev, ino, size, mtimeMs].join();
      if (fingerprint === this.#fingerprint) return;
      const { nameservers } = parseResolvConf(await readFile(this.#path, 'utf8'));
      const usable = nameservers.filter((server) => isIP(server) !== 0 && !this.#excluded.has(server));
      this.#servers = usable.slice(0, mostUpstreams);
      this.#fingerprint = fingerprint;
    } catch {
      // Between an unlink and a rename there is none.
    } finally {
      this.#lookedAt = performance.now();
    }
  }
}
