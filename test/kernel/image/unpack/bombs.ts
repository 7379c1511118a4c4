import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { defaultLimits } from '../../../../src/image/limits.js';
import { unpackLayer } from '../../../../src/image/unpack/unpack-layer.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { rawEntry, tar } from '../../../unit/image/fixtures/tar-bytes.js';

const MiB = 2 ** 20;
const limits = { ...defaultLimits, unpackedBytes: 32 * MiB, entries: 1000 };
const zeros = Buffer.alloc(64 * MiB);
const zstd = (content: Buffer) => execFileSync('zstd', ['-q', '-c'], { input: content, maxBuffer: MiB });

const bombs: Record<string, () => Buffer> = {
  'a large file': () => gzipSync(tar({ name: 'a', content: zeros })),
  'a large file in zstd': () => zstd(tar({ name: 'a', content: zeros })),
  'a claimed size': () => gzipSync(tar({ name: 'a', size: 2 ** 33 - 1 })),
  'zeros after the end': () => gzipSync(Buffer.concat([tar({ name: 'a' }), zeros])),
  'zeros after the end in zstd': () => zstd(Buffer.concat([tar({ name: 'a' }), zeros])),
  'many members': () =>
    Buffer.concat([gzipSync(rawEntry({ name: 'a', content: zeros })), gzipSync(zeros), gzipSync(zeros)]),
  'many entries': () => gzipSync(tar(...Array.from({ length: 2000 }, (_, index) => ({ name: `${index}` })))),
  'many headers of nothing': () =>
    gzipSync(tar(...Array.from({ length: 2000 }, () => ({ type: 'g', content: '' })), { name: 'a' })),
  'directories nobody named': () => gzipSync(tar({ name: 'a', pax: { path: 'd/'.repeat(1500) } })),
  'whiteouts in directories nobody named': () =>
    gzipSync(tar(...Array.from({ length: 600 }, (_, index) => ({ name: `${index}/.wh.a` })))),
};

t.test('unpackLayer: bombs are refused at their limit', { skip: requires('root', 'zstd') }, async (t) => {
  const scratch = scratchDirectory(t);
  for (const [index, [what, bomb]] of Object.entries(bombs).entries()) {
    const [blobPath, directory] = [join(scratch, `${index}.blob`), join(scratch, `${index}`)];
    writeFileSync(blobPath, bomb());
    mkdirSync(directory);
    await t.rejects(unpackLayer({ blobPath, directory, limits }), { code: 'PEAPOD_IMAGE_INVALID' }, what);
  }
});

t.test(
  'unpackLayer: memory does not grow with the archive',
  { skip: requires('root', 'zstd') },
  async (t) => {
    const scratch = scratchDirectory(t);
    const content = Buffer.alloc(300 * MiB, 'not only zeros');
    const archives = { small: tar({ name: 'a' }), gzip: gzipSync(tar({ name: 'a', content }), { level: 1 }) };
    const growth: Record<string, number> = {};
    for (const [name, archive] of Object.entries(archives)) {
      const [blobPath, directory] = [join(scratch, `${name}.blob`), join(scratch, name)];
      writeFileSync(blobPath, archive);
      mkdirSync(directory);
      const before = process.memoryUsage.rss();
      let peak = before;
      const onProgress = () => {
        peak = Math.max(peak, process.memoryUsage.rss());
      };
      await unpackLayer({ blobPath, directory, limits: defaultLimits, onProgress });
      growth[name] = (peak - before) / MiB;
    }
    t.ok((growth.gzip ?? 0) < 128, `${Math.round(growth.gzip ?? 0)} MiB for 300 MiB`);
  },
);
