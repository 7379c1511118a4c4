import { access, copyFile, mkdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { runOrThrow } from '../run.mjs';

/**
 * Where each program is on this machine.
 * @param {Record<string, string>} programs program -> Debian package
 * @returns {Promise<Map<string, string>>} program -> path
 */
export async function findPrograms(programs) {
  const found = new Map();
  for (const [name, debianPackage] of Object.entries(programs)) {
    const path = await findProgram(name);
    if (path === undefined)
      throw new Error(`Cannot build the test images: ${name} is missing; apt-get install ${debianPackage}`);
    found.set(name, path);
  }
  return found;
}

async function findProgram(name) {
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(directory, name);
    if (await canRead(path)) return path;
  }
  return undefined;
}

function canRead(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Copies a program to a path below `root`, with the shared libraries it needs at the paths it looks for them. */
export async function copyProgram(root, from, to) {
  await copyTo(root, from, to);
  for (const library of await librariesOf(from)) await copyTo(root, library, library);
}

async function copyTo(root, from, to) {
  const target = join(root, to);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(await realpath(from), target);
}

/** The libraries and the loader, as `ldd` prints them: `name => /path (address)`, or `/path (address)`. */
async function librariesOf(program) {
  const output = await runOrThrow('ldd', [program], { capture: true });
  return output.split('\n').flatMap((line) => /(?:=>|^)\s*(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
