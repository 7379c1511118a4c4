import { Server } from './server.mjs';

/** crun and podman take a host with cgroup v1 and v2 side by side for neither. Only this mount namespace loses v2. */
const hideUnified =
  'if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi; exec "$@"';

/** Runs other programs and knows what each took, exec and wait and nothing else: see timed.c. */
export class Timer {
  #server;

  /** @param {string} program the compiled timed.c */
  constructor(program) {
    this.#server = new Server('unshare', ['--mount', 'sh', '-c', hideUnified, 'sh', program]);
  }

  /** Milliseconds that a program took; throws with what it printed unless it exits with 0. */
  async run(...argv) {
    const { status, elapsedMs, output } = await this.try(...argv);
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with status ${status}\n${output}`);
    return elapsedMs;
  }

  /** The same, for a program that may fail. */
  async try(...argv) {
    const bytes = Buffer.from(argv.map((argument) => `${argument}\0`).join(''));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    const [status, nanoseconds, outputBytes] = await this.#server.ask(Buffer.concat([size, bytes]));
    const output = await this.#server.read(outputBytes);
    return { status, elapsedMs: nanoseconds / 1e6, output };
  }

  close() {
    return this.#server.close();
  }
}
