import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes directories, symlinks and text files below `root`.
 * @param {string} root
 * @param {object} parts
 * @param {string[]} [parts.directories]
 * @param {Record<string, string>} [parts.symlinks] path -> target
 * @param {Record<string, string>} [parts.files] path -> content
 */
export async function makeSkeleton(root, { directories = [], symlinks = {}, files = {} }) {
  for (const path of directories) await mkdir(join(root, path), { recursive: true });
  for (const [path, target] of Object.entries(symlinks)) await symlink(target, join(root, path));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await chmod(join(root, 'tmp'), 0o1777);
}

export const commonDirectories = ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'var/tmp'];

/** So that names are found without a resolver, and without the files a runtime would add. */
export const nameFiles = {
  'etc/hosts': '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};
