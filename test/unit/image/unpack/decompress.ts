import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { decompress } from '../../../../src/image/unpack/decompress.js';
import { requires, scratchDirectory } from '../../../scratch.js';

const text = Buffer.from(
  Array.from({ length: 40_000 }, (_, index) => `line ${index % 977} ${index}\n`).join(''),
);

function zstd(content: Buffer, ...options: string[]): Buffer {
  return execFileSync('zstd', ['-q', '-c', ...options], { input: content, maxBuffer: 2 ** 28 });
}

/** A frame that is to be skipped (RFC 8878, 3.1.2). */
function skippable(size: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a57, 0);
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, Buffer.alloc(size, 1)]);
}

async function read(path: string, content: Buffer): Promise<{ bytes: Buffer; largest: number }> {
  writeFileSync(path, content);
  const chunks: Buffer[] = [];
  for await (const chunk of decompress(path)) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), largest: Math.max(0, ...chunks.map(({ length }) => length)) };
}

t.test(
  'decompress: knows plain, gzip and zstd by their first bytes',
  { skip: requires('zstd') },
  async (t) => {
    const path = join(scratchDirectory(t), 'blob');
    const forms = {
      plain: text,
      'plain, of a few bytes': text.subarray(0, 3),
      gzip: gzipSync(text),
      'gzip of several members': Buffer.concat([
        gzipSync(text.subarray(0, 9999)),
        gzipSync(text.subarray(9999)),
      ]),
      zstd: zstd(text),
      'zstd, not at its best': zstd(text, '-1', '--no-check'),
      'zstd of several frames': Buffer.concat([
        zstd(text.subarray(0, 9999)),
        zstd(text.subarray(9999), '-19'),
      ]),
      'zstd of tiny frames': Buffer.concat([...text].slice(0, 40).map((byte) => zstd(Buffer.from([byte])))),
      'zstd with frames to skip': Buffer.concat([skippable(3), zstd(text), skippable(0), skippable(100_000)]),
      'zstd with a large window': zstd(text, '--long=27'),
      'zstd of nothing': zstd(Buffer.alloc(0)),
    };
    for (const [what, content] of Object.entries(forms)) {
      const { bytes, largest } = await read(path, content);
      const expected = what.includes('tiny') ? text.subarray(0, 40) : text;
      const length = what.includes('nothing') ? 0 : what.includes('few') ? 3 : expected.length;
      t.ok(bytes.equals(expected.subarray(0, length)), what);
      t.ok(largest <= 256 * 1024, `${what}: no chunk is larger than 256 KiB`);
    }
  },
);

t.test('decompress: a zstd bomb comes in small pieces', { skip: requires('zstd') }, async (t) => {
  const path = join(scratchDirectory(t), 'blob');
  const { bytes, largest } = await read(path, zstd(Buffer.alloc(2 ** 26)));
  t.equal(bytes.length, 2 ** 26);
  t.ok(largest <= 128 * 1024);
});

t.test(
  'decompress: refuses what is damaged, cut off or wants too much',
  { skip: requires('zstd') },
  async (t) => {
    const path = join(scratchDirectory(t), 'blob');
    const [gzip, packed] = [gzipSync(text), zstd(text)];
    const wanting = Buffer.from('28b52ffd00f8', 'hex');
    const cases = {
      'gzip cut off': gzip.subarray(0, -10),
      'gzip damaged': Buffer.from(gzip).fill(0x55, 100, 200),
      'zstd cut off in a block': packed.subarray(0, -20),
      'zstd cut off in its checksum': packed.subarray(0, -1),
      'zstd cut off in its header': packed.subarray(0, 5),
      'zstd with a reserved block': Buffer.concat([
        packed.subarray(0, 9),
        Buffer.from('070000', 'hex'),
        packed,
      ]),
      'zstd with noise behind': Buffer.concat([packed, Buffer.from('noise')]),
      'zstd that skips beyond its end': skippable(100).subarray(0, 50),
      'zstd with a window of 2 TiB': Buffer.concat([wanting, Buffer.alloc(100)]),
      'zstd with a dictionary': Buffer.concat([Buffer.from('28b52ffd0158', 'hex'), Buffer.alloc(100)]),
    };
    for (const [what, content] of Object.entries(cases)) {
      await t.rejects(read(path, content), { code: 'PEAPOD_IMAGE_INVALID' }, what);
    }
    for (const magic of ['fd377a585a00', '425a683931']) {
      await t.rejects(read(path, Buffer.from(magic, 'hex')), { code: 'PEAPOD_UNSUPPORTED' }, magic);
    }
  },
);
