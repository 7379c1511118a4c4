import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * A program that answers each request on its stdin with a line on its stdout, which may announce more bytes. One
 * request at a time.
 */
export class Server {
  #child;
  #chunks = Buffer.alloc(0);
  #wake = () => {};
  #ended = false;

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (chunk) => {
      this.#chunks = Buffer.concat([this.#chunks, chunk]);
      this.#wake();
    });
    this.#child.stdout.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#child.on('error', () => {});
    this.#child.stdin.on('error', () => {});
  }

  /** Sends a request and resolves with the words of the line that answers it. */
  async ask(request) {
    this.#child.stdin.write(request);
    await this.#until(() => this.#chunks.includes(10));
    const line = this.#take(this.#chunks.indexOf(10) + 1);
    return line.toString().trim().split(' ').map(Number);
  }

  /** The next bytes of an answer. */
  async read(size) {
    await this.#until(() => this.#chunks.length >= size);
    return this.#take(size).toString();
  }

  async close() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  #take(size) {
    const taken = this.#chunks.subarray(0, size);
    this.#chunks = this.#chunks.subarray(size);
    return taken;
  }

  async #until(holds) {
    while (!holds()) {
      if (this.#ended) throw new Error(`${this.#child.spawnfile} ended in the middle of the benchmark`);
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
