import { binding } from '../native/binding.js';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from './constants.js';

/** A directory, to be read or to work in; the caller closes it. Throws ENOENT and ENOTDIR. */
export function openDirectory(path: string): number {
  return binding().openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

/** A pipe: the reading and the writing end. */
export function makePipe(): [number, number] {
  return binding().pipe();
}

/** Two connected SOCK_SEQPACKET sockets. */
export function makeSocketPair(): [number, number] {
  return binding().socketPair('seqpacket');
}

/** The descriptor that came with the next message of a socket; undefined when none did. */
export function receiveDescriptor(socket: number): number | undefined {
  return binding().receiveMessage(socket, 1, 1)?.fds[0];
}

/** A second descriptor of the same open file. */
export function duplicate(fd: number): number {
  return binding().dup(fd);
}

/** A memfd that holds `data` for good: sealed against every change. */
export function makeSealedFile(name: string, data: Uint8Array): number {
  return binding().memfd(name, data, true, false);
}

/** TIOCSWINSZ: the size of a terminal, by its master. */
export function setWindowSize(terminal: number, size: { rows: number; columns: number }): void {
  binding().setWindowSize(terminal, size.rows, size.columns);
}

/** Makes reads and writes wait, as a program that has nothing else to do wants it. */
export function setBlocking(fd: number): void {
  binding().setNonblocking(fd, false);
}
