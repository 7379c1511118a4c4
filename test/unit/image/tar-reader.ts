import fc from 'fast-check';
import t from 'tap';
import { pack } from 'tar-stream';
import type { Entry } from '../../../src/image/entry.js';
import { defaultLimits, type Limits } from '../../../src/image/limits.js';
import { readTar } from '../../../src/image/tar/reader.js';
import { pax, rawEntry, tar } from './fixtures/tar-bytes.js';

async function* inPieces(archive: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
}

async function read(
  archive: Buffer,
  { limits = {}, size = 65536 }: { limits?: Partial<Limits>; size?: number } = {},
) {
  const found: (Omit<Entry, 'body'> & { content: string })[] = [];
  for await (const { body, ...fields } of readTar(inPieces(archive, size), { ...defaultLimits, ...limits })) {
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    found.push({ ...fields, content: Buffer.concat(pieces).toString('latin1') });
  }
  return found;
}

async function packed(
  headers: { header: Parameters<ReturnType<typeof pack>['entry']>[0]; content: string }[],
) {
  const stream = pack();
  for (const { header, content } of headers) stream.entry(header, content);
  stream.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

t.test('tar reader: reads what tar-stream writes, however the stream is cut', async () => {
  const name = fc.array(fc.stringMatching(/^[a-zA-Zé ._-]{1,60}$/), { minLength: 1, maxLength: 6 });
  const file = fc.record({
    name: name.map((parts) => parts.join('/')),
    // tar-stream takes a 0 for nothing said.
    mode: fc.integer({ min: 1, max: 0o7777 }),
    seconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    // Beyond, it writes another number, as it does with times.
    uid: fc.integer({ min: 0, max: 0o777777 }),
    content: fc.string({ maxLength: 1500 }),
  });
  const property = fc.asyncProperty(
    fc.array(file, { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 1, max: 2000 }),
    async (files, size) => {
      const archive = await packed(
        files.map(({ name, mode, seconds, uid, content }) => ({
          header: { name, mode, uid, gid: uid, mtime: new Date(seconds * 1000), type: 'file' as const },
          content,
        })),
      );
      const found = await read(archive, { size });
      const expected = files.map(({ name, mode, seconds, uid, content }) =>
        [
          Buffer.from(name).toString('latin1'),
          mode,
          uid,
          `${seconds}000000000`,
          Buffer.from(content).toString('latin1'),
        ].join('|'),
      );
      const actual = found.map((entry) =>
        [entry.path, entry.mode, entry.uid, entry.mtimeNs, entry.content].join('|'),
      );
      if (actual.join('\n') !== expected.join('\n')) throw new Error(`${actual} is not ${expected}`);
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

t.test('tar reader: reads every type', async (t) => {
  const found = await read(
    tar(
      { name: 'd/', type: '5', mode: 0o755 },
      { name: 'old/', type: '\0' },
      { name: 'f', content: 'hello' },
      { name: 'contiguous', type: '7', content: 'x' },
      { name: 'l', type: '1', link: 'f', size: 5 },
      { name: 's', type: '2', link: '../f' },
      { name: 'c', type: '3', major: 1, minor: 3 },
      { name: 'b', type: '4', major: 259, minor: 1048575 },
      { name: 'p', type: '6' },
    ),
  );
  t.same(
    found.map(({ path, type, target, major, minor, content }) =>
      [path, type, target, major, minor, content].join(' '),
    ),
    [
      ...['d/ directory  0 0 ', 'old/ directory  0 0 ', 'f file  0 0 hello', 'contiguous file  0 0 x'],
      ...[
        'l link f 0 0 ',
        's symlink ../f 0 0 ',
        'c characterDevice  1 3 ',
        'b blockDevice  259 1048575 ',
        'p fifo  0 0 ',
      ],
    ],
  );
});

t.test('tar reader: pax records are bytes, and come before the header', async (t) => {
  const value = Buffer.from('0100000280ff000a3d', 'hex');
  const [entry] = await read(
    tar({
      name: 'short',
      content: 'x',
      pax: {
        path: 'é/long',
        uid: '4294967294',
        gid: '1234567890',
        mtime: '1700000000.123456789',
        'SCHILY.xattr.security.capability': value,
        comment: 'is no matter',
      },
    }),
  );
  t.match(entry, { path: 'é/long', uid: 4294967294, gid: 1234567890, mtimeNs: 1700000000123456789n });
  t.same(entry?.attributes.get('security.capability'), value);
});

t.test('tar reader: times before 1970, and an empty pax value takes the key away', async (t) => {
  const globals = rawEntry({ name: 'g', type: 'g', content: pax({ uid: '7', mtime: '-1.5' }) });
  const archive = Buffer.concat([globals, tar({ name: 'a' }, { name: 'b', pax: { uid: '', mtime: '5' } })]);
  const found = await read(archive);
  t.same(
    found.map(({ uid, mtimeNs }) => [uid, mtimeNs]),
    [
      [7, -1_500_000_000n],
      [0, 5_000_000_000n],
    ],
  );
});

t.test('tar reader: GNU long names, base-256 numbers and the signed checksum', async (t) => {
  const long = 'n/'.repeat(150);
  const base256 = Buffer.from('80000000fffffffe', 'hex').subarray(0, 8);
  const negative = Buffer.from('ffffffffffffffffffffffff', 'hex');
  const found = await read(
    tar(
      { name: '././@LongLink', type: 'L', content: `${long}f\0` },
      { name: '././@LongLink', type: 'K', content: `${long}t\0` },
      { name: 'cut', type: '2', link: 'cut', patch: { 108: base256, 136: negative } },
    ),
  );
  t.match(found, [{ path: `${long}f`, target: `${long}t`, uid: 4294967294, mtimeNs: -1_000_000_000n }]);
});

t.test('tar reader: a body that is not read, or read in part, is skipped', async (t) => {
  const names: string[] = [];
  const archive = tar(
    { name: 'a', content: 'x'.repeat(5000) },
    { name: 'b', content: 'y' },
    { name: 'c', content: 'z' },
  );
  for await (const entry of readTar(inPieces(archive, 700), defaultLimits)) {
    names.push(entry.path);
    if (entry.path === 'a') for await (const _piece of entry.body) break;
  }
  t.same(names, ['a', 'b', 'c']);
});

t.test('tar reader: an archive without an end mark is whole, one cut elsewhere is not', async (t) => {
  const entry = rawEntry({ name: 'a', content: 'hello' });
  t.equal((await read(entry)).length, 1);
  for (const length of [0, 100, 511, 513, 700, 1023]) {
    await t.rejects(read(entry.subarray(0, length)), { code: 'PEAPOD_IMAGE_INVALID' }, String(length));
  }
});

t.test('tar reader: hostile headers are refused', async (t) => {
  const sizeBytes = (hex: string) => ({ name: 'a', patch: { 124: Buffer.from(hex, 'hex') } });
  const wrong: Record<string, Buffer> = {
    'not a tar': Buffer.alloc(1024, 'not a tar archive '),
    'a wrong checksum': Buffer.concat([Buffer.from('b'), tar({ name: 'a' }).subarray(1)]),
    'a negative size': tar(sizeBytes('ffffffffffffffffffffffff')),
    'a size of 2^88': tar(sizeBytes('810000000000000000000000')),
    'a size of text': tar(sizeBytes('7a7a7a7a7a7a7a7a7a7a7a00')),
    'a sparse file': tar({ name: 'a', type: 'S' }),
    'a pax sparse file': tar({ name: 'a', pax: { 'GNU.sparse.major': '1' } }),
    'an unknown type': tar({ name: 'a', type: 'Z' }),
    'a volume label': tar({ name: 'a', type: 'V' }),
    'uid 2^32 - 1': tar({ name: 'a', pax: { uid: '4294967295' } }),
    'uid 2^64': tar({ name: 'a', pax: { uid: '18446744073709551616' } }),
    'uid 1e3': tar({ name: 'a', pax: { uid: '1e3' } }),
    'a size of pax that is negative': tar({ name: 'a', pax: { size: '-1' } }),
    'a NUL in a name': tar({ name: 'a', pax: { path: 'a\0b' } }),
    'a NUL in a link': tar({ name: 'a', type: '2', pax: { linkpath: 'a\0b' } }),
    'a NUL in a GNU name': tar({ type: 'L', content: 'a\0b\0' }, { name: 'a' }),
    'a name of 4096 bytes': tar({ name: 'a', pax: { path: 'n'.repeat(4096) } }),
    'a GNU name of 1 MiB': tar({ type: 'L', content: 'n'.repeat(1 << 20) }, { name: 'a' }),
    'pax records of more than 1 MiB': tar({ name: 'a', pax: { comment: 'c'.repeat(1 << 20) } }),
    'a pax record without a length': tar({ type: 'x', content: 'path=a\n' }, { name: 'a' }),
    'a pax record longer than all': tar({ type: 'x', content: '99 path=a\n' }, { name: 'a' }),
    'a pax record of length 0': tar({ type: 'x', content: '0 path=a\n' }, { name: 'a' }),
    'a pax record without a newline': tar({ type: 'x', content: '9 path=ab' }, { name: 'a' }),
    'a pax record without a key': tar({ type: 'x', content: '5 =a\n' }, { name: 'a' }),
    'a time of the year 9999': tar({ name: 'a', pax: { mtime: '253402300799' } }),
    'a time of text': tar({ name: 'a', pax: { mtime: 'now' } }),
    'a device number of 2^21': tar({ name: 'a', type: '3', major: 1, minor: 0o7777777 }),
  };
  for (const [what, archive] of Object.entries(wrong)) {
    await t.rejects(read(archive), { code: 'PEAPOD_IMAGE_INVALID' }, what);
  }
});

t.test('tar reader: limits hold', async (t) => {
  const archive = tar({ name: 'a' }, { name: 'b' }, { name: 'c' });
  t.equal((await read(archive, { limits: { entries: 3 } })).length, 3);
  await t.rejects(read(archive, { limits: { entries: 2 } }), { code: 'PEAPOD_IMAGE_INVALID' });
  await t.rejects(read(tar({ name: 'a', content: 'xx' }), { limits: { unpackedBytes: 1 } }), {
    code: 'PEAPOD_IMAGE_INVALID',
  });
});

t.test('tar reader: any bytes are read or refused, never anything else', async () => {
  const valid = tar(
    { name: 'd/', type: '5' },
    { name: 'd/f', content: 'hello', pax: { uid: '5' } },
    { name: 's', type: '2', link: 'f' },
  );
  const mutation = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  const property = fc.asyncProperty(mutation, fc.nat(valid.length), async (changes, length) => {
    const archive = Buffer.from(valid.subarray(0, length));
    for (const [at, byte] of changes) if (at < length) archive[at] = byte;
    await read(archive).catch((error) => {
      if (error.code !== 'PEAPOD_IMAGE_INVALID') throw error;
    });
  });
  await fc.assert(property, { numRuns: 500 });
});
