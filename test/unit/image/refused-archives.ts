import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openArchive } from '../../../src/image/archive-source/open-archive.js';
import { digestOf } from '../../../src/image/digest.js';
import { blobName } from '../../../src/image/layout.js';
import { defaultLimits } from '../../../src/image/limits.js';
import { mediaTypes } from '../../../src/image/manifest.js';
import { scratchDirectory } from '../../scratch.js';
import { describe, dockerEntries, image, json, layoutEntries, read, write } from './fixtures/archives.js';
import { type RawEntry, tar } from './fixtures/tar-bytes.js';

const big = Buffer.alloc(4 * 1024 * 1024 + 1, ' ');
const nestedIndexes = Array.from({ length: 6 }).reduce<Buffer[]>(
  (all) => {
    const manifests = [
      describe(all[0] as Buffer, { mediaType: all.length > 1 ? mediaTypes.ociIndex : undefined }),
    ];
    return [Buffer.from(json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })), ...all];
  },
  [image.document.bytes],
);

/** Archives that are refused, by what is wrong with them. */
const wrong: Record<string, [archive: Buffer, message: RegExp, code?: string]> = {
  'no archive': [Buffer.alloc(2000, 'text'), /checksum|octal/],
  'an empty file': [Buffer.alloc(0), /empty/],
  'a root file system': [tar({ name: 'etc/', type: '5' }, { name: 'etc/passwd' }), /no image archive/],
  'an archive of an ancient docker': [
    tar({ name: 'repositories', content: '{}' }),
    /1\.10/,
    'PEAPOD_UNSUPPORTED',
  ],
  'one that is cut off': [tar(...dockerEntries()).subarray(0, 2000), /ends in the middle/],
  'a document twice': [tar(...dockerEntries(), ...dockerEntries()), /"manifest\.json" twice/],
  'a document twice, by another way': [tar(...dockerEntries(), { name: './l/../manifest.json' }), /twice/],
  'a document too large': [tar({ name: 'manifest.json', content: big }), /larger than/],
  'a document that is a directory': [tar({ name: 'manifest.json/', type: '5' }), /directory/],
  'no JSON': [tar({ name: 'manifest.json', content: '[' }), /no JSON/],
  'no array': [tar({ name: 'manifest.json', content: '{}' }), /no JSON array/],
  'a member twice': [tar({ name: 'manifest.json', content: '[{"Config":"a","Config":"b"}]' }), /twice/],
  'a member in other case': [tar({ name: 'manifest.json', content: '[{"config":"a"}]' }), /some read as/],
  'too many images': [tar({ name: 'manifest.json', content: json(Array(1001).fill({})) }), /1000/],
  'no configuration': [tar(...dockerEntries({ Config: 'missing' })), /has no "missing"/],
  'a configuration outside': [tar(...dockerEntries({ Config: '../../etc/passwd' })), /has no/],
  'a configuration that is none': [tar(...dockerEntries({ Config: 'l/layer.tar' })), /no JSON/],
  'a configuration of no text': [tar(...dockerEntries({ Config: 5 })), /strings/],
  'layers that are none': [tar(...dockerEntries({ Layers: 'l/layer.tar' })), /no array/],
  'too many layers': [tar(...dockerEntries({ Layers: Array(129).fill('l/layer.tar') })), /128/],
  'more layers than contents': [
    tar(...dockerEntries({ Layers: ['l/layer.tar', 'l/layer.tar'] })),
    /diff_ids/,
  ],
  'a layer that is missing': [tar(...dockerEntries({ Layers: ['x'] })), /has no "x"/],
  'a layout of no version': [tar({ name: 'oci-layout', content: '{}' }), /imageLayoutVersion/],
  'a layout of the future': [
    tar({ name: 'oci-layout', content: '{"imageLayoutVersion":"2.0.0"}' }),
    /is not 1/,
  ],
  'a layout without an index': [tar(layoutEntries()[0] as RawEntry), /has no "index\.json"/],
  'a blob that is missing': [
    tar(...layoutEntries({ entries: [describe(Buffer.from('x'))] })),
    /has no "blobs/,
  ],
  'a blob of another size': [
    tar(...layoutEntries({ entries: [describe(image.document.bytes, { size: 1 })] })),
    /not what/,
  ],
  'a blob of other content': [
    tar(...layoutEntries({ entries: [describe(Buffer.from('x'))] }), {
      name: blobName(digestOf(Buffer.from('x'))),
      content: 'y',
    }),
    /not what/,
  ],
  'a digest that is a path': [
    tar(...layoutEntries({ entries: [describe(image.document.bytes, { digest: 'sha256:../../x' })] })),
    /digest/,
  ],
  'indexes in indexes': [
    tar(
      ...layoutEntries({
        entries: [describe(nestedIndexes[0] as Buffer, { mediaType: mediaTypes.ociIndex })],
        blobs: nestedIndexes.slice(0, -1),
      }),
    ),
    /without end/,
  ],
};

for (const [what, [bytes, message, code = 'PEAPOD_IMAGE_INVALID']] of Object.entries(wrong)) {
  t.test(`archive: ${what} is refused`, async (t) => {
    await t.rejects(read(t, bytes), { code, message });
    await t.rejects(read(t, gzipSync(bytes)), { code, message }, 'compressed, too');
  });
}

t.test('archive: one that is no image archive says what it may be good for', async (t) => {
  await t.rejects(read(t, tar({ name: 'bin/sh' })), {
    hint: /peapod import/,
    message: /^Cannot load ".*": /,
  });
});

t.test('archive: limits hold, and nothing stays', async (t) => {
  const many = tar(...dockerEntries(), ...Array.from({ length: 20 }, (_, index) => ({ name: `${index}` })));
  await t.rejects(read(t, many, { entries: 20 }), { code: 'PEAPOD_IMAGE_INVALID', message: /20 entries/ });
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  const { path, temporary } = write(t, bomb);
  const limits = { ...defaultLimits, unpackedBytes: 10_000_000 };
  await t.rejects(openArchive(path, { temporary, limits }), {
    code: 'PEAPOD_IMAGE_INVALID',
    message: /10000000/,
  });
  t.same(readdirSync(temporary), []);
});

t.test('archive: names are bounded together', async (t) => {
  const long = Array.from({ length: 4200 }, (_, index) => ({ pax: { path: `${index}`.padEnd(4000, 'x') } }));
  await t.rejects(read(t, tar(...dockerEntries(), ...long)), { message: /names have more than/ });
});

t.test('archive: what is no file is refused, and nothing waits for it', async (t) => {
  const scratch = scratchDirectory(t);
  execFileSync('mkfifo', [join(scratch, 'fifo')]);
  const options = { temporary: scratch, limits: defaultLimits };
  await t.rejects(openArchive(join(scratch, 'fifo'), options), { code: 'PEAPOD_IMAGE_INVALID' });
  await t.rejects(openArchive(join(scratch, 'missing'), options), { code: 'PEAPOD_NOT_FOUND' });
});
