import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { runOrThrow } from '../../run.mjs';

const type = 'application/vnd.oci.image';

async function digestOf(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function addFile(blobs, path) {
  const hex = await digestOf(path);
  const target = join(blobs, hex);
  await rename(path, target);
  return { digest: `sha256:${hex}`, size: (await stat(target)).size };
}

async function addDocument(blobs, value) {
  const path = join(blobs, 'document');
  await writeFile(path, JSON.stringify(value));
  return await addFile(blobs, path);
}

/** A layer of files of this machine, compressed with gzip as most layers are. */
async function addLayer(blobs, paths) {
  const [list, tar, gzip] = ['list', 'tar', 'gzip'].map((name) => join(blobs, name));
  await writeFile(list, paths.join('\n'));
  await runOrThrow('tar', ['--no-recursion', '-P', '--transform=s,^/,,', '-cf', tar, '-T', list], {
    capture: true,
  });
  const diffId = `sha256:${await digestOf(tar)}`;
  await pipeline(createReadStream(tar), createGzip({ level: 6 }), createWriteStream(gzip));
  await unlink(tar);
  await unlink(list);
  return { diffId, ...(await addFile(blobs, gzip)) };
}

/**
 * Writes an OCI image layout of one image, `latest`.
 * @param {string} directory is made
 * @param {string[][]} layers the files of each
 */
export async function writeLayout(directory, layers) {
  const blobs = join(directory, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const added = [];
  for (const paths of layers) added.push(await addLayer(blobs, paths));
  const config = await addDocument(blobs, {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/true'] },
    rootfs: { type: 'layers', diff_ids: added.map(({ diffId }) => diffId) },
  });
  const manifest = await addDocument(blobs, {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: { mediaType: `${type}.config.v1+json`, ...config },
    layers: added.map(({ digest, size }) => ({ mediaType: `${type}.layer.v1.tar+gzip`, digest, size })),
  });
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const manifests = [{ mediaType: `${type}.manifest.v1+json`, ...manifest, annotations }];
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}
