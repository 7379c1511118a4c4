// node scripts/test-images.mjs [DIR]: builds the images the tests run, as root file systems in tarballs, from Debian's
// packages, and prints their paths. What is there already and was made from the same programs is kept.
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { projectRoot, runOrThrow } from './run.mjs';
import { ensurePrograms } from './setup/debian-packages.mjs';
import { busyboxCurlImage } from './test-images/busybox-curl.mjs';
import { nginxImage } from './test-images/nginx.mjs';
import { findPrograms } from './test-images/programs.mjs';

/**
 * @typedef {object} TestImage
 * @property {string} name as in a manifest
 * @property {string[]} changes docker's `--change` lines for the import
 * @property {Record<string, string>} programs those it is made from, with the Debian package of each
 * @property {(root: string, programs: Map<string, string>) => Promise<void>} build fills an empty directory
 */

/** @type {TestImage[]} */
const images = [nginxImage, busyboxCurlImage];

const defaultDirectory = join(projectRoot, 'node_modules/.cache/peapod');

/**
 * Builds the images' tarballs, those that are missing, in a directory.
 * @param {string} [directory]
 * @returns {Promise<{name: string, path: string, changes: string[]}[]>} what `importImage` takes
 */
export async function buildTestImages(directory = defaultDirectory) {
  await ensurePrograms(Object.assign({}, ...images.map(({ programs }) => programs)));
  await mkdir(directory, { recursive: true });
  return Promise.all(images.map((image) => buildImage(image, resolve(directory))));
}

async function buildImage(image, directory) {
  const { name, changes } = image;
  const programs = await findPrograms(image.programs);
  const prefix = name.replace('/', '-');
  const path = join(directory, `${prefix}-${await fingerprint(programs)}.tar`);
  if (!(await exists(path))) await buildTarball(image, { path, programs });
  await removeOthers(directory, prefix, path);
  return { name, path, changes };
}

/** Another version of a program, or of the code that builds, makes another tarball. */
async function fingerprint(programs) {
  const hash = createHash('sha256');
  for (const path of programs.values()) {
    const { size, mtimeMs } = await stat(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  const sources = join(import.meta.dirname, 'test-images');
  for (const name of (await readdir(sources)).sort()) hash.update(await readFile(join(sources, name)));
  return hash.digest('hex').slice(0, 12);
}

async function buildTarball({ build }, { path, programs }) {
  const scratch = await mkdtemp(`${path}.`);
  try {
    const root = join(scratch, 'root');
    await mkdir(root, { mode: 0o755 });
    await build(root, programs);
    const tarball = join(scratch, 'image.tar');
    await runOrThrow('tar', [...tarOptions, '-C', root, '-cf', tarball, '.'], { capture: true });
    await rename(tarball, path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The same tree always makes the same bytes. */
const tarOptions = [
  '--format=gnu',
  '--sort=name',
  '--mtime=@1700000000',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
];

async function removeOthers(directory, prefix, path) {
  const pattern = new RegExp(`^${prefix}-[0-9a-f]{12}\\.tar$`);
  const names = (await readdir(directory)).filter((name) => pattern.test(name));
  await Promise.all(
    names.map((name) => join(directory, name)).map((old) => (old === path ? undefined : rm(old))),
  );
}

function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

if (process.argv[1] === import.meta.filename) {
  for (const { path } of await buildTestImages(process.argv[2])) console.log(path);
}
