import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from '../run.mjs';

/** Programs the tests use, with the Debian package that has each. */
export const testPrograms = {
  nginx: 'nginx-light',
  busybox: 'busybox-static',
  strace: 'strace',
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  python3: 'python3',
  curl: 'curl',
  iptables: 'iptables',
  'host-local': 'containernetworking-plugins',
  openssl: 'openssl',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  umoci: 'umoci',
  podman: 'podman',
  zstd: 'zstd',
  xz: 'xz-utils',
};

/**
 * Installs what is missing when that is possible (root, Debian); says what is missing otherwise. It never
 * fails: a test that needs a missing program is skipped and says so.
 * @param {Record<string, string>} programs program -> Debian package
 */
export async function ensurePrograms(programs) {
  const missing = await missingPackages(programs);
  if (missing.length === 0) return;
  if (process.getuid() !== 0 || (await findProgram('apt-get')) === undefined) {
    console.log(`missing programs; tests that need them are skipped. Install: ${missing.join(' ')}`);
    return;
  }
  await install(missing);
}

async function missingPackages(programs) {
  const found = await Promise.all(Object.keys(programs).map(findProgram));
  return Object.values(programs).filter((_, index) => found[index] === undefined);
}

async function install(packages) {
  console.log(`installing ${packages.join(' ')} (apt-get)`);
  const options = { capture: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['update', '-q'], options);
  const { status, output } = await run('apt-get', installArguments(packages), options);
  if (status !== 0) console.log(`${output}apt-get failed; tests that need these programs are skipped`);
}

function installArguments(packages) {
  // A nginx that starts on port 80 of the host is the last thing a test machine wants.
  return ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages];
}

async function findProgram(name) {
  const others = ['/usr/sbin', '/sbin', '/usr/lib/cni'];
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), ...others]) {
    const path = join(directory, name);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}
