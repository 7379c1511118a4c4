import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PeapodError } from '../errors.js';
import {
  duplicate,
  makePipe,
  makeSocketPair,
  receiveDescriptor,
  setWindowSize,
} from '../kernel/descriptor-calls.js';
import { DescriptorReader, DescriptorWriter } from '../kernel/descriptor-stream.js';

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

/** Lets go of our ends: what nobody has read is lost. */
export function closeStreams({
  stdin,
  stdout,
  stderr,
}: Pick<OwnStreams, 'stdin' | 'stdout' | 'stderr'>): void {
  for (const stream of [stdin, stdout, stderr]) {
    stream?.destroy();
  }
}

function ignore(): void {}

/** A writer whose reader may be gone: that is no news to anybody, the end of the process is. */
function openWriter(fd: number): Writable {
  return new DescriptorWriter(fd).on('error', ignore);
}

/** Pipes, all of them or none. */
function makePipes(count: number): [number, number][] {
  const pipes: [number, number][] = [];
  try {
    while (pipes.length < count) {
      pipes.push(makePipe());
    }
    return pipes;
  } catch (error) {
    pipes.flat().forEach(closeSync);
    throw error;
  }
}

/** Three pipes; without `stdin` the process reads an empty input. Pipes and not sockets: /dev/stdout can be reopened. */
export function openPipes(stdin: boolean): Streams {
  const [input, output, errors] = makePipes(3) as [[number, number], [number, number], [number, number]];
  if (!stdin) {
    closeSync(input[1]);
  }
  return {
    childFds: [input[0], output[1], errors[1]],
    take: () => ({
      stdin: stdin ? openWriter(input[1]) : null,
      stdout: new DescriptorReader(output[0]),
      stderr: new DescriptorReader(errors[0]),
      resize: ignore,
    }),
    discard: () => [output[0], errors[0], ...(stdin ? [input[1]] : [])].forEach(closeSync),
  };
}

function receiveMaster(socket: number): number {
  const master = receiveDescriptor(socket);
  if (master === undefined) {
    throw new PeapodError('PEAPOD_LAUNCH_FAILED', 'The process runs but did not send its terminal');
  }
  return master;
}

/** Both directions of a terminal, which is closed if anything goes wrong. */
function takeTerminal(master: number, size: WindowSize | undefined): OwnStreams {
  const stdout = new DescriptorReader(master);
  const resize = (size: WindowSize) => setWindowSize(master, size);
  try {
    if (size !== undefined) {
      resize(size);
    }
    const stdin = openWriter(duplicate(master));
    // Once it is closed the number may be another file's.
    return { stdin, stdout, stderr: null, resize: (wanted) => !stdout.destroyed && resize(wanted) };
  } catch (error) {
    stdout.destroy();
    throw error;
  }
}

/** The socket on which a process sends the master of the terminal it opened in its own /dev/pts. */
export function openTerminal(size?: WindowSize): Streams {
  const [own, child] = makeSocketPair();
  return {
    childFds: [child],
    take: () => {
      const streams = takeTerminal(receiveMaster(own), size);
      closeSync(own);
      return streams;
    },
    discard: () => closeSync(own),
  };
}
