import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PeapodError } from '../errors.js';
import { AT_FDCWD, O_RDONLY } from '../kernel/constants.js';
import { DescriptorReader, DescriptorWriter } from '../kernel/descriptor-stream.js';
import { binding } from '../native/binding.js';

export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

/** Our ends of a process's standard streams. */
export interface OwnStreams {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  /** Null with a terminal, which has one stream. */
  readonly stderr: Readable | null;
  /** Of the terminal; nothing without one. */
  resize(size: WindowSize): void;
}

/** A process's standard streams before it has them. */
export interface Streams {
  /** The process's ends, in the order a plan takes them; whoever sends them closes them. */
  readonly childFds: readonly number[];
  /** Our ends, once the process runs. */
  take(): OwnStreams;
  /** Closes our ends of a process that never ran. */
  discard(): void;
}

function ignore(): void {}

/** A writer whose reader may be gone: that is no news to anybody, the end of the process is. */
function openWriter(fd: number): Writable {
  return new DescriptorWriter(fd).on('error', ignore);
}

/** Three pipes; without `stdin` the process reads an empty input. Pipes and not sockets: /dev/stdout can be reopened. */
export function openPipes(stdin: boolean): Streams {
  const native = binding();
  const input = stdin ? native.pipe() : ([native.openat(AT_FDCWD, '/dev/null', O_RDONLY, 0), undefined] as const);
  const output = native.pipe();
  const errors = native.pipe();
  const own = [input[1], output[0], errors[0]].filter((fd) => fd !== undefined);
  return {
    childFds: [input[0], output[1], errors[1]],
    take: () => ({
      stdin: input[1] === undefined ? null : openWriter(input[1]),
      stdout: new DescriptorReader(output[0]),
      stderr: new DescriptorReader(errors[0]),
      resize: ignore,
    }),
    discard: () => own.forEach(closeSync),
  };
}

/** The socket on which a process sends the master of the terminal it opened in its own /dev/pts. */
export function openTerminal(): Streams {
  const native = binding();
  const [own, child] = native.socketPair('seqpacket');
  return {
    childFds: [child],
    take: () => {
      const master = native.receiveMessage(own, 1, 1)?.fds[0];
      closeSync(own);
      if (master === undefined) {
        throw new PeapodError('PEAPOD_LAUNCH_FAILED', 'The process runs but did not send its terminal');
      }
      return {
        stdin: openWriter(native.dup(master)),
        stdout: new DescriptorReader(master),
        stderr: null,
        resize: ({ rows, columns }) => native.setWindowSize(master, rows, columns),
      };
    },
    discard: () => closeSync(own),
  };
}
