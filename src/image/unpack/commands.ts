/**
 * What the process that unpacks a layer is told, and what it answers; native/unpack/commands.h is the other side of this
 * file and has the story of each part.
 */
export const CommandType = {
  begin: 1,
  end: 2,
  directory: 3,
  file: 4,
  symlink: 5,
  link: 6,
  node: 7,
  whiteout: 8,
  opaque: 9,
  time: 10,
} as const;

export type CommandName = keyof typeof CommandType;

/** What was being done when it failed, by the number on the wire. */
export const stepNames = [
  'command',
  'limit',
  'resolve',
  'target',
  'replace',
  'make',
  'write',
  'owner',
  'attribute',
  'mode',
  'time',
  'mark',
] as const;
export type StepName = (typeof stepNames)[number];

export const AnswerType = { done: 1, failed: 2, mark: 3 } as const;

const ATTRIBUTE_OPTIONAL = 1;
const HEAD_BYTES = 56;
const ATTRIBUTE_BYTES = 12;
const ANSWER_BYTES = 16;
const NAME_MAX = 4096;

/** The longest answer: its struct, and a path. */
export const ANSWER_MAX_BYTES = ANSWER_BYTES + NAME_MAX;

/** One command. Names are binary strings; what does not apply to its type is left out. */
export interface Command {
  readonly type: CommandName;
  readonly path?: string;
  readonly target?: string;
  /** Permission bits, and the type of a node. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly mtimeNs?: bigint;
  readonly attributes?: readonly Attribute[];
  /** Bytes that follow. */
  readonly bodySize?: number;
  /** How many things may be made. */
  readonly limit?: number;
}

export interface Attribute {
  readonly name: string;
  readonly value: Buffer;
  /** Left out where the file system has none of its kind. */
  readonly isOptional: boolean;
}

export type Answer =
  | { readonly type: 'done' }
  /** A directory came with it, to be marked as opaque, or as one that has whiteouts. */
  | { readonly type: 'mark'; readonly kind: 'opaque' | 'whiteout' }
  | {
      readonly type: 'failed';
      readonly step: StepName;
      readonly errno: number;
      /** Of the command that failed; undefined for one that could not be read. */
      readonly command: CommandName | undefined;
      readonly path: string;
    };

/** A command as it is sent, but for its body. */
export function encodeCommand(command: Command): Buffer {
  const { path = '', target = '', attributes = [], device } = command;
  const [pathBytes, targetBytes] = [padded(path.length + 1), padded(target.length + 1)];
  const size =
    HEAD_BYTES + pathBytes + targetBytes + attributes.reduce((sum, one) => sum + attributeBytes(one), 0);
  const [seconds, nanoseconds] = splitTime(command.mtimeNs ?? 0n);
  const head = Buffer.alloc(size);
  head.writeUInt32LE(size, 0);
  head.writeUInt16LE(CommandType[command.type], 4);
  head.writeUInt16LE(attributes.length, 6);
  head.writeBigUInt64LE(BigInt(command.bodySize ?? 0), 8);
  head.writeBigInt64LE(seconds, 16);
  head.writeUInt32LE(nanoseconds, 24);
  head.writeUInt32LE(command.mode ?? 0, 28);
  head.writeUInt32LE(command.uid ?? 0, 32);
  head.writeUInt32LE(command.gid ?? 0, 36);
  head.writeUInt32LE(device === undefined ? 0 : packDevice(device.major, device.minor), 40);
  head.writeUInt32LE(path.length + 1, 44);
  head.writeUInt32LE(target.length + 1, 48);
  head.writeUInt32LE(command.limit ?? 0, 52);
  head.write(path, HEAD_BYTES, 'latin1');
  head.write(target, HEAD_BYTES + pathBytes, 'latin1');
  writeAttributes(head, HEAD_BYTES + pathBytes + targetBytes, attributes);
  return head;
}

function writeAttributes(head: Buffer, start: number, attributes: readonly Attribute[]): void {
  let at = start;
  for (const attribute of attributes) {
    const nameBytes = attribute.name.length + 1;
    head.writeUInt32LE(nameBytes, at);
    head.writeUInt32LE(attribute.value.length, at + 4);
    head.writeUInt32LE(attribute.isOptional ? ATTRIBUTE_OPTIONAL : 0, at + 8);
    head.write(attribute.name, at + ATTRIBUTE_BYTES, 'latin1');
    attribute.value.copy(head, at + ATTRIBUTE_BYTES + nameBytes);
    at += attributeBytes(attribute);
  }
}

function attributeBytes({ name, value }: Attribute): number {
  return ATTRIBUTE_BYTES + padded(name.length + 1 + value.length);
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Whole seconds, rounded down, and the nanoseconds after them. */
function splitTime(timeNs: bigint): [bigint, number] {
  const rest = timeNs % 1_000_000_000n;
  const nanoseconds = rest < 0n ? rest + 1_000_000_000n : rest;
  return [(timeNs - nanoseconds) / 1_000_000_000n, Number(nanoseconds)];
}

/** How mknod(2) takes a device: 12 bits of major and 20 of minor number. */
function packDevice(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** Reads an answer; undefined for one that is none. */
export function parseAnswer(data: Buffer): Answer | undefined {
  if (data.length < ANSWER_BYTES) return undefined;
  const type = data.readUInt32LE(0);
  if (type === AnswerType.done) return { type: 'done' };
  const command = commandName(data.readUInt32LE(12));
  if (type === AnswerType.mark && (command === 'opaque' || command === 'whiteout')) {
    return { type: 'mark', kind: command };
  }
  const step = stepNames[data.readUInt32LE(4)];
  if (type !== AnswerType.failed || step === undefined) return undefined;
  return {
    type: 'failed',
    step,
    errno: data.readUInt32LE(8),
    command,
    path: data.toString('latin1', ANSWER_BYTES),
  };
}

function commandName(type: number): CommandName | undefined {
  const names = Object.keys(CommandType) as CommandName[];
  return names.find((name) => CommandType[name] === type);
}
