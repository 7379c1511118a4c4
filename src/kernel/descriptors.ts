import { closeSync } from 'node:fs';

/** Descriptors that are closed together, once: those that were opened before an open that fails, among others. */
export class Descriptors {
  readonly #fds: number[] = [];

  /** Takes a descriptor and answers it. */
  keep(fd: number): number {
    this.#fds.push(fd);
    return fd;
  }

  /** Gives one to somebody else, who closes it. */
  release(fd: number): number {
    this.#fds.splice(this.#fds.indexOf(fd), 1);
    return fd;
  }

  /** Closes all that were kept. */
  close(): void {
    this.#fds.splice(0).forEach(closeSync);
  }
}
