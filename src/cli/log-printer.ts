import { StringDecoder } from 'node:string_decoder';
import type { LogChunk } from '../pod/engine-api.js';
import type { Output } from './cli.js';
import { escapeControls } from './escape.js';

export interface LogPrinterOptions {
  /** In front of each line. */
  readonly prefix: string;
  readonly timestamps: boolean;
  /** Control characters are made visible: whoever wrote the log does not own the reader's terminal. */
  readonly isEscaped: boolean;
}

const newline = 0x0a;

/** Prints the log of one container, a line that comes in parts as one line. */
export class LogPrinter {
  readonly #output: Output;
  readonly #options: LogPrinterOptions;
  /** By stream: a character, or a line, may be cut between two parts. */
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  readonly #inLine = { stdout: false, stderr: false };

  constructor(output: Output, options: LogPrinterOptions) {
    this.#output = output;
    this.#options = options;
  }

  /** Resolves when the output has room for more. */
  async print(chunk: LogChunk): Promise<void> {
    const head = this.#inLine[chunk.stream] ? '' : this.#head(chunk);
    this.#inLine[chunk.stream] = chunk.data.at(-1) !== newline;
    const body = this.#options.isEscaped ? Buffer.from(this.#escape(chunk)) : chunk.data;
    if (this.#output.write(Buffer.concat([Buffer.from(head), body]))) return;
    await new Promise((resolve) => this.#output.once('drain', resolve));
  }

  #head({ timestamp }: LogChunk): string {
    return this.#options.prefix + (this.#options.timestamps ? `${timestamp} ` : '');
  }

  #escape({ stream, data }: LogChunk): string {
    return escapeControls(this.#decoders[stream].write(data));
  }
}
