import { PeapodError } from '../errors.js';
import type { Engine } from '../pod/engine-api.js';
import type { Cli } from './cli.js';

/** One command as it runs: its process, its root, its engine once it needs one, and its exit code. */
export class Context {
  readonly cli: Cli;
  root: string | undefined;
  verbose = false;
  exitCode = 0;
  /** Names of pods the user typed, for "did you mean". */
  readonly podNames: string[] = [];
  #engine: Promise<Engine> | undefined;

  constructor(cli: Cli) {
    this.cli = cli;
    this.root = cli.env.PEAPOD_ROOT || undefined;
  }

  /** The engine, whose daemon is started when none runs, with more words for its `serve` if need be. */
  engine(daemonArguments: readonly string[] = []): Promise<Engine> {
    this.#engine ??= this.cli.connect({ root: this.root, entry: this.cli.entry, daemonArguments });
    return this.#engine;
  }

  get hasEngine(): boolean {
    return this.#engine !== undefined;
  }

  async close(): Promise<void> {
    const engine = await this.#engine?.catch(() => undefined);
    await engine?.close();
  }

  /** `web` of `web` or `pod/web`. */
  podName(text: string): string {
    const name = text.replace(/^(pods?|po)\//, '');
    if (name === '' || name.includes('/'))
      throw new PeapodError('PEAPOD_USAGE', `"${text}" does not name a pod`, {
        hint: 'Write NAME or pod/NAME',
      });
    this.podNames.push(name);
    return name;
  }

  print(text: string): void {
    this.cli.stdout.write(`${text}\n`);
  }

  warn(text: string): void {
    this.cli.stderr.write(`${text}\n`);
  }
}
