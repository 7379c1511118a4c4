import { existsSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

const mount = '/sys/fs/cgroup';

/** Our own cgroup of the cpu controller where that is still v1: below it the peers get the share of CPU we have. */
async function ownCpuCgroup() {
  const lines = (await readFile('/proc/self/cgroup', 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.find(([, controllers]) => controllers?.split(',').includes('cpu'))?.[2] ?? '/';
}

async function listDirectories(path) {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}

/** Removes a cgroup of any hierarchy and those below it; nothing runs in them any more. */
export async function removeCgroups(path) {
  for (const child of await listDirectories(path)) await removeCgroups(child);
  await rmdir(path).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** The cgroup, in every hierarchy, below which all peers make their containers'. */
export class PeerCgroup {
  #made;

  /** @param {string} directory the benchmark's own, whose name is unique */
  static async open(directory) {
    const own = await ownCpuCgroup();
    const path = join(own, basename(directory));
    const hierarchies = [mount, ...(await listDirectories(mount))];
    // In a hierarchy that lacks our own cgroup the peers make that one, too.
    const made = hierarchies.map((root) => join(root, existsSync(join(root, own)) ? path : own));
    return new PeerCgroup(path, made);
  }

  constructor(path, made) {
    this.path = path;
    this.#made = made;
  }

  /** Removes it from every hierarchy with whatever the peers left in it. */
  async close() {
    for (const path of this.#made) await removeCgroups(path);
  }
}
