import { type ExitStatus, unlearnedExit } from './exit-status.js';

/**
 * What the engine and a monitor say to each other, one message a packet; native/core/protocol.h is the other side of
 * this file and has the story of each message.
 */
export const MESSAGE_MAX_BYTES = 4096;
/** Of a request with a plan. */
export const REQUEST_MAX_BYTES = 65536;
const LOG_NAME_BYTES = 64;
/** Of the name that `ps` shows, its NUL included. */
const NAME_BYTES = 64;
const START_BYTES = 160;
const WORD_RANGE = 2 ** 32;
const MESSAGE_VERSION = 1;
/** In place of a slot's number. */
const NO_SLOT = WORD_RANGE - 1;

const MessageType = {
  start: 1,
  exec: 2,
  attach: 3,
  watch: 4,
  resize: 5,
  kill: 6,
  prepare: 8,
  record: 17,
  started: 18,
  failed: 19,
  exited: 20,
  status: 21,
  dropped: 22,
} as const;

const StartFlag = {
  terminal: 1,
  stdin: 2,
  stdinOnce: 4,
  trace: 8,
  ownDevices: 16,
  withSession: 32,
  gated: 64,
} as const;
const ATTACH_STDIN = 1;

/** Where a launch failed, by the number on the wire. */
const phases = [
  'step',
  'clone',
  'deadline',
  'killed',
  'malformed',
  'refused',
  'frozen',
  'prepare',
  'gated',
] as const;
export type FailedPhase = (typeof phases)[number];

export interface StartRequest {
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly trace: boolean;
  /** The last descriptor is a connection whose first request is answered before the container is made. */
  readonly withSession: boolean;
  /** Until execve, from the moment the monitor reads it; at least 1. */
  readonly deadlineMs: number;
  readonly attempt: number;
  /** 0: never rotated. */
  readonly logMaxBytes: number;
  /** The live one included; 0: all are kept. */
  readonly logMaxFiles: number;
  /** A file name of at most 63 bytes. */
  readonly logName: string;
  /** The container's, for people: what is beyond 63 bytes is cut off. */
  readonly name: string;
}

export type MonitorMessage =
  | { readonly type: 'record'; readonly records: Buffer }
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'failed'; readonly errno: number; readonly step: number; readonly phase: FailedPhase }
  | { readonly type: 'exited'; readonly status: ExitStatus; readonly atMs: number }
  | {
      readonly type: 'status';
      readonly state: 'created' | 'running' | 'exited';
      readonly pid: number;
      readonly status: ExitStatus;
      readonly startedAtMs: number;
      readonly exitedAtMs: number;
    }
  | { readonly type: 'dropped'; readonly stream: 'stdout' | 'stderr'; readonly bytes: bigint };

function flagsOf(request: {
  terminal: boolean;
  stdin?: boolean;
  stdinOnce?: boolean;
  trace: boolean;
}): number {
  return (
    (request.terminal ? StartFlag.terminal : 0) |
    (request.stdin ? StartFlag.stdin : 0) |
    (request.stdinOnce ? StartFlag.stdinOnce : 0) |
    (request.trace ? StartFlag.trace : 0)
  );
}

/** In the byte order of the machine, which is the monitor's. */
function words(...values: readonly number[]): Buffer {
  return Buffer.from(new Uint32Array(values).buffer);
}

/** What of PREPARE's plan becomes the monitor's own, by name, in the order on the wire. Each part has some. */
const preparedSlots = ['run', 'log', 'listener', 'cgroup'] as const;

/** PREPARE: what a run has on the host, or a part of it. */
export function encodePrepare(slots: ReadonlyMap<string, number>): Buffer {
  return words(MessageType.prepare, ...preparedSlots.map((name) => slots.get(name) ?? NO_SLOT), 0);
}

/**
 * START: the container's first process, which waits at its gate for a last PREPARE. Of the plan's inputs the first ones are
 * left out, for the monitor has them. Throws RangeError for a log name that does not fit.
 */
export function encodeStart(request: StartRequest): Buffer {
  const { logName, name, deadlineMs, attempt, logMaxBytes, logMaxFiles } = request;
  if (Buffer.byteLength(logName) >= LOG_NAME_BYTES) {
    throw new RangeError(`A log name has at most ${LOG_NAME_BYTES - 1} bytes: ${logName}`);
  }
  const session = request.withSession ? StartFlag.withSession : 0;
  const flags = flagsOf(request) | StartFlag.ownDevices | StartFlag.gated | session;
  const [low, high] = [logMaxBytes % WORD_RANGE, Math.floor(logMaxBytes / WORD_RANGE)];
  const head = [MessageType.start, flags, deadlineMs, attempt, low, high, logMaxFiles, 0];
  const buffer = Buffer.alloc(START_BYTES);
  new Uint32Array(buffer.buffer, buffer.byteOffset).set(head);
  const headBytes = head.length * Uint32Array.BYTES_PER_ELEMENT;
  buffer.write(logName, headBytes);
  buffer.write(name, headBytes + LOG_NAME_BYTES, NAME_BYTES - 1);
  return buffer;
}

/** EXEC: one more process. */
export function encodeExec(request: { terminal: boolean; trace: boolean; deadlineMs: number }): Buffer {
  return words(MessageType.exec, flagsOf(request), request.deadlineMs, 0);
}

/** ATTACH: copies of the output and, if asked, input. */
export function encodeAttach(request: { stdin: boolean }): Buffer {
  return words(MessageType.attach, request.stdin ? ATTACH_STDIN : 0);
}

/** WATCH: the state now, the end when it comes. */
export function encodeWatch(): Buffer {
  return words(MessageType.watch);
}

/** RESIZE of the container's terminal. */
export function encodeResize(size: { rows: number; columns: number }): Buffer {
  return words(MessageType.resize, ((size.columns << 16) | size.rows) >>> 0);
}

function decodeExit(kind: number, value: number): ExitStatus {
  switch (kind) {
    case 1:
      return { kind: 'exited', status: value };
    case 2:
      return { kind: 'signaled', signal: value };
    default:
      return unlearnedExit;
  }
}

function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}

function decodeStatus(data: Buffer): MonitorMessage {
  return {
    type: 'status',
    state: (['created', 'running', 'exited'] as const)[data.readUInt32LE(4)] ?? 'exited',
    pid: data.readInt32LE(8),
    status: decodeExit(data.readUInt32LE(12), data.readUInt32LE(16)),
    startedAtMs: toMs(data.readBigUInt64LE(24)),
    exitedAtMs: toMs(data.readBigUInt64LE(32)),
  };
}

function decodeFailed(data: Buffer): MonitorMessage {
  const phase = phases[data.readUInt32LE(12)] ?? 'malformed';
  return { type: 'failed', errno: data.readInt32LE(4), step: data.readUInt32LE(8), phase };
}

function decodeExited(data: Buffer): MonitorMessage {
  const status = decodeExit(data.readUInt32LE(4), data.readUInt32LE(8));
  return { type: 'exited', status, atMs: toMs(data.readBigUInt64LE(16)) };
}

/** Reads a message of a monitor; undefined for one of a kind, or a version, that this engine does not know. */
export function decodeMessage(data: Buffer): MonitorMessage | undefined {
  switch (data.length < 4 ? 0 : data.readUInt32LE(0)) {
    case MessageType.record:
      return { type: 'record', records: data.subarray(8) };
    case MessageType.started:
      return { type: 'started', pid: data.readInt32LE(4) };
    case MessageType.failed:
      return decodeFailed(data);
    case MessageType.exited:
      return decodeExited(data);
    case MessageType.status:
      return data.readUInt32LE(20) === MESSAGE_VERSION ? decodeStatus(data) : undefined;
    case MessageType.dropped: {
      const stream = data.readUInt32LE(4) === 1 ? 'stdout' : 'stderr';
      return { type: 'dropped', stream, bytes: data.readBigUInt64LE(8) };
    }
    default:
      return undefined;
  }
}
