import { execFile } from 'node:child_process';
import { lstat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** dpkg-query's own placeholders. */
const format = ['Installed-Size', 'binary:Package']
  .map((field) => `\${${field}}`)
  .join(' ')
  .concat('\n');
const maxBuffer = 256 * 1024 * 1024;

async function installedPackages() {
  const { stdout } = await run('dpkg-query', ['-W', '-f', format], {
    maxBuffer,
  });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return rows.sort((a, b) => Number(b[0]) - Number(a[0])).map(([, name]) => name);
}

async function filesOf(name) {
  const { stdout } = await run('dpkg-query', ['-L', name], { maxBuffer });
  return stdout.split('\n').filter((path) => path.startsWith('/') && path !== '/.');
}

/** Paths that exist, without those of other layers, until they hold `bytes` altogether. */
async function fill({ packages, taken, bytes }) {
  const paths = new Set();
  let size = 0;
  while (size < bytes && packages.length > 0) {
    for (const path of await filesOf(packages.shift())) {
      const found = await lstat(path).catch(() => undefined);
      if (found === undefined || taken.has(path)) continue;
      if (size + found.size > bytes * 1.1) continue;
      if (!found.isDirectory()) taken.add(path);
      paths.add(path);
      size += found.isFile() ? found.size : 0;
    }
  }
  return [...paths];
}

/**
 * Files of this machine's Debian packages, the largest packages first, in `layers` lists of about the same size.
 * @param {{layers: number, bytes: number}} options bytes of all files together
 * @returns {Promise<string[][]>}
 */
export async function pickFiles({ layers, bytes }) {
  const packages = await installedPackages();
  const taken = new Set();
  const lists = [];
  for (let count = 0; count < layers; count++)
    lists.push(await fill({ packages, taken, bytes: bytes / layers }));
  return lists;
}
