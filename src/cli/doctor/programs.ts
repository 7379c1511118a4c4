import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Check, Finding } from './check.js';

/** Programs nothing of ours runs but the tests and experiments use, with the Debian package each is in. */
const packages: Record<string, string> = {
  ip: 'iproute2',
  nft: 'nftables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  strace: 'strace',
  curl: 'curl',
  busybox: 'busybox-static',
  nginx: 'nginx-light',
  crun: 'crun',
  runc: 'runc',
  podman: 'podman',
  skopeo: 'skopeo',
  'clang-format': 'clang-format',
  gcc: 'gcc',
};

export const programChecks: readonly Check[] = [{ name: 'programs of the tests', look: lookForPrograms }];

function lookForPrograms(): Finding {
  // Of root's own PATH a sudo may have cut off the half where these are.
  const directories = new Set([...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']);
  const missing = Object.keys(packages).filter((program) => !isIn(directories, program));
  if (missing.length === 0) return { state: 'ok', detail: 'all there' };
  const wanted = [...new Set(missing.map((program) => packages[program]))];
  return {
    state: 'ok',
    detail: `missing ${missing.join(', ')}`,
    effect: 'tests that compare with them are skipped',
    hint: `apt-get install ${wanted.join(' ')}`,
  };
}

function isIn(directories: Iterable<string>, program: string): boolean {
  for (const directory of directories) {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      // Not in this one.
    }
  }
  return false;
}
