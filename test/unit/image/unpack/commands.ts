import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  AnswerType,
  CommandType,
  encodeCommand,
  parseAnswer,
  stepNames,
} from '../../../../src/image/unpack/commands.js';

const header = readFileSync(join(import.meta.dirname, '../../../../native/unpack/commands.h'), 'utf8');

/** The values of an enum of the C header, by the end of their names, as TypeScript writes them. */
function enumerators(prefix: string): Record<string, number> {
  const rows = [...header.matchAll(new RegExp(`^  ${prefix}_(\\w+) = (\\d+),`, 'gm'))];
  return Object.fromEntries(rows.map(([, name = '', value]) => [name.toLowerCase(), Number(value)]));
}

t.test('commands: both languages have the same numbers', async (t) => {
  t.same(enumerators('COMMAND'), CommandType);
  t.same(enumerators('ANSWER'), AnswerType);
  t.same(enumerators('STEP'), Object.fromEntries(stepNames.map((name, index) => [name, index])));
  t.same(enumerators('ATTRIBUTE'), { optional: 1 });
});

t.test('encodeCommand: writes what the header says, each part padded to four bytes', async (t) => {
  const bytes = encodeCommand({
    type: 'file',
    path: 'a/\xff',
    mode: 0o6755,
    uid: 4294967294,
    gid: 5,
    mtimeNs: -1n,
    attributes: [{ name: 'user.x', value: Buffer.from([0, 255]), isOptional: true }],
    bodySize: 2 ** 40,
  });
  t.equal(bytes.length, 56 + 4 + 4 + 12 + 12);
  t.equal(bytes.readUInt32LE(0), bytes.length);
  t.equal(bytes.readUInt16LE(4), CommandType.file);
  t.equal(bytes.readUInt16LE(6), 1);
  t.equal(bytes.readBigUInt64LE(8), 2n ** 40n);
  t.equal(bytes.readBigInt64LE(16), -1n);
  t.equal(bytes.readUInt32LE(24), 999_999_999);
  t.same(
    [28, 32, 36, 40, 44, 48].map((at) => bytes.readUInt32LE(at)),
    [0o6755, 4294967294, 5, 0, 4, 1],
  );
  t.equal(bytes.toString('latin1', 56, 64), 'a/\xff\0\0\0\0\0');
  t.same(
    [64, 68, 72].map((at) => bytes.readUInt32LE(at)),
    [7, 2, 1],
  );
  t.equal(bytes.toString('latin1', 76), 'user.x\0\0\xff\0\0\0');
});

t.test('encodeCommand: a device is packed as mknod takes it', async (t) => {
  const device = (major: number, minor: number) =>
    encodeCommand({ type: 'node', device: { major, minor } }).readUInt32LE(40);
  t.equal(device(1, 3), 0x103);
  t.equal(device(0xfff, 0xfffff), 0xffffffff);
});

t.test('parseAnswer: reads what was answered, and nothing else', async (t) => {
  const answer = (type: number, step: number, command: number) => {
    const bytes = Buffer.alloc(16);
    [type, step, 2, command].forEach((value, index) => void bytes.writeUInt32LE(value, 4 * index));
    return Buffer.concat([bytes, Buffer.from('a/b')]);
  };
  t.same(parseAnswer(answer(1, 0, 0)), { type: 'done' });
  t.same(parseAnswer(answer(3, 0, CommandType.whiteout)), { type: 'mark', kind: 'whiteout' });
  t.same(parseAnswer(answer(2, 5, 3)), {
    type: 'failed',
    step: 'make',
    errno: 2,
    command: 'directory',
    path: 'a/b',
  });
  for (const wrong of [answer(0, 0, 0), answer(2, 99, 0), answer(3, 0, CommandType.file), Buffer.alloc(15)]) {
    t.equal(parseAnswer(wrong), undefined);
  }
});
