import type { Readable, Writable } from 'node:stream';
import type { Engine } from '../pod/engine-api.js';

/** A stream that may be a terminal. */
export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Input extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

/** The process around a command line: everything commands touch besides the engine. */
export interface Cli {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** The script itself, to start a daemon with. */
  readonly entry: string;
  /** An engine for the root; `entry` absent means: only one that already runs. */
  connect(options: {
    root?: string | undefined;
    entry?: string | undefined;
    /** More words for the `serve` of a daemon that is started. */
    daemonArguments?: readonly string[] | undefined;
  }): Promise<Engine>;
}
