import fc from 'fast-check';
import t from 'tap';
import { extract } from 'tar-stream';
import { type Entry, type EntryType, emptyBody, toBytes } from '../../../src/image/entry.js';
import { defaultLimits } from '../../../src/image/limits.js';
import { plainBytes, plainDirectory, plainFile } from '../../../src/image/tar/plain-entry.js';
import { readTar } from '../../../src/image/tar/reader.js';
import { writeTar } from '../../../src/image/tar/writer.js';

/** An entry with its body as a binary string. */
type Flat = Omit<Entry, 'body' | 'attributes'> & { content: string; attributes: [string, string][] };

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The body comes in pieces of `size`. */
function raise({ content, attributes, ...fields }: Flat, size = 700): Entry {
  const pieces =
    toBytes(content)
      .toString('latin1')
      .match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  const body = listed(pieces.map(toBytes));
  return { ...fields, attributes: new Map(attributes.map(([name, value]) => [name, toBytes(value)])), body };
}

function archive(...entries: readonly Flat[]): Promise<Buffer> {
  return gather(writeTar(listed(entries.map((entry) => raise(entry)))));
}

async function read(bytes: Buffer): Promise<Flat[]> {
  const found: Flat[] = [];
  const limits = { ...defaultLimits, unpackedBytes: Number.MAX_SAFE_INTEGER };
  for await (const { body, attributes, ...fields } of readTar(listed([bytes]), limits)) {
    const values = [...attributes].map(([name, value]): [string, string] => [name, value.toString('latin1')]);
    found.push({ ...fields, content: (await gather(body)).toString('latin1'), attributes: values.sort() });
  }
  return found;
}

const byteName = fc
  .uint8Array({ minLength: 1, maxLength: 180 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[\0/]/g, '_'));
const path = fc.array(byteName, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const id = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 2 }), fc.constantFrom(0o7777777, 0o10000000));
const time = fc.oneof(
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.bigInt({ min: -3n, max: 2n ** 33n }).map((seconds) => seconds * 1_000_000_000n),
  fc.bigInt({ min: -2_000_000_000n, max: 2_000_000_000n }),
);
const attribute = fc.tuple(
  byteName.map((name) => `user.${name}`),
  fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value).toString('latin1')),
);
const types: EntryType[] = [
  ...(['file', 'directory', 'symlink', 'link'] as const),
  ...(['characterDevice', 'blockDevice', 'fifo'] as const),
];

const entry: fc.Arbitrary<Flat> = fc
  .record({
    path,
    type: fc.constantFrom(...types),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: id,
    gid: id,
    mtimeNs: time,
    target: path,
    major: fc.integer({ min: 0, max: 0xfff }),
    minor: fc.integer({ min: 0, max: 0xfffff }),
    content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    attributes: fc.uniqueArray(attribute, { maxLength: 3, selector: ([name]) => name }),
  })
  .map(normalise);

/** Without what entries of its type do not have. */
function normalise(some: Omit<Flat, 'size'>): Flat {
  const isDevice = some.type === 'characterDevice' || some.type === 'blockDevice';
  const content = some.type === 'file' ? some.content : '';
  return {
    ...some,
    path: some.type === 'directory' ? `${some.path}/` : some.path,
    target: some.type === 'link' || some.type === 'symlink' ? some.target : '',
    major: isDevice ? some.major : 0,
    minor: isDevice ? some.minor : 0,
    content,
    size: content.length,
    attributes: [...some.attributes].sort(),
  };
}

t.test('tar writer: our reader reads back what was written, byte for byte', async () => {
  const property = fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (entries) => {
    const bytes = await archive(...entries);
    const found = entries.length === 0 ? [] : await read(bytes);
    const show = (flat: Flat[]) =>
      flat.map((one) => Object.entries({ ...one, mtimeNs: `${one.mtimeNs}` }).sort());
    if (JSON.stringify(show(found)) !== JSON.stringify(show(entries))) throw new Error('it differs');
    if (bytes.length % 512 !== 0) throw new Error('it is not made of whole blocks');
  });
  await fc.assert(property, { numRuns: 300 });
});

t.test('tar writer: tar-stream reads the same', async () => {
  const text = fc.stringMatching(/^[a-zA-Zé ._-]{1,140}$/);
  const named = fc.tuple(entry, fc.array(text, { minLength: 1, maxLength: 3 })).map(([some, names]) => ({
    ...some,
    path: `${Buffer.from(names.join('/')).toString('latin1')}${some.type === 'directory' ? '/' : ''}`,
    target: some.target === '' ? '' : 'target/of/it',
    // It reads of pax records only the names.
    uid: some.uid & 0o7777777,
    gid: some.gid & 0o7777777,
    attributes: [],
  }));
  const property = fc.asyncProperty(fc.array(named, { maxLength: 4 }), async (entries) => {
    const found = await readByTarStream(await archive(...entries));
    const expected = entries.map((one) => [
      one.path.replace(/\/$/, ''),
      one.mode,
      one.uid,
      one.gid,
      one.content,
    ]);
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error(JSON.stringify([found, expected]));
  });
  await fc.assert(property, { numRuns: 100 });
});

async function readByTarStream(bytes: Buffer): Promise<unknown[]> {
  const found: unknown[] = [];
  const stream = extract();
  stream.end(bytes);
  for await (const one of stream) {
    const { name, mode, uid, gid } = one.header;
    const content = (await gather(one as AsyncIterable<Buffer>)).toString('latin1');
    found.push([
      Buffer.from(name).toString('latin1').replace(/\/$/, ''),
      mode,
      Number(uid),
      Number(gid),
      content,
    ]);
  }
  return found;
}

const plain: Flat = normalise({
  path: 'a',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  target: '',
  major: 0,
  minor: 0,
  content: '',
  attributes: [],
});

t.test('tar writer: what an entry has in an odd order is written in one order', async (t) => {
  const attributes: [string, string][] = [
    ['user.b', '1'],
    ['user.a', '2'],
  ];
  const one = await archive({ ...plain, attributes });
  const other = await archive({ ...plain, attributes: [...attributes].reverse() });
  t.ok(one.equals(other));
});

t.test('tar writer: pax records are only there when a header cannot say it', async (t) => {
  const fits = {
    ...plain,
    path: 'x'.repeat(100),
    uid: 0o7777777,
    mtimeNs: BigInt(0o77777777777) * 10n ** 9n,
  };
  t.equal((await archive({ ...plain, path: fits.path, uid: fits.uid })).length, 3 * 512);
  for (const over of [
    { path: 'x'.repeat(101) },
    { uid: 0o10000000 },
    { gid: 0o10000000 },
    { mtimeNs: 1n },
    { mtimeNs: -1_000_000_000n },
    { type: 'symlink' as const, target: 'x'.repeat(101) },
  ]) {
    t.equal((await archive({ ...plain, ...over })).length, 5 * 512, Object.keys(over).join());
  }
});

t.test('tar writer: a size beyond octal is said in pax', async (t) => {
  const size = 8 * 1024 ** 3;
  const chunks = writeTar(listed([{ ...raise(plain), size, body: neverEnding() }]));
  const { value } = await chunks.next();
  await chunks.return(undefined);
  t.match((value as Buffer).toString('latin1', 512, 1024), `size=${size}\n`);
});

async function* neverEnding(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(1024 * 1024);
}

t.test('tar writer: refuses what would be read back as something else', async (t) => {
  const wrong: Partial<Flat>[] = [
    { path: 'a\0b' },
    { path: 'a/' },
    { path: '' },
    { type: 'symlink', target: 'a\0' },
    { size: 1 },
    { size: 1, content: 'ab' },
  ];
  for (const over of wrong) {
    await t.rejects(archive({ ...plain, ...over }), { code: 'PEAPOD_IMAGE_INVALID' }, JSON.stringify(over));
  }
});

t.test('tar writer: plain entries have neither owner nor time, and the root is ./', async (t) => {
  const content = Buffer.from('content');
  const entries = [plainDirectory(''), plainDirectory('d'), plainBytes('d/b', content)];
  const last = plainFile('e', 0, emptyBody());
  const found = await read(await gather(writeTar(listed([...entries, last]))));
  t.same(
    found.map(({ path, type, mode, content }) => [path, type, mode, content].join(' ')),
    ['./ directory 493 ', 'd/ directory 493 ', 'd/b file 420 content', 'e file 420 '],
  );
  t.ok(found.every(({ uid, gid, mtimeNs }) => uid === 0 && gid === 0 && mtimeNs === 0n));
});
