import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run.mjs';

/**
 * What the first process of the namespaces does: a tmpfs for all files of all sides, a loopback, and reaping, which
 * the peers' daemonised helpers count on and Node does not do.
 */
const script =
  'mount -t tmpfs -o mode=0700 bench "$1" && ip link set lo up && "$2" "$3" "$1" "$4" "$5"; exit $?';

/**
 * Runs the rounds in mount, network and PID namespaces of their own: whatever is left running or mounted at the end,
 * or when this process is killed, ends with them.
 * @param {{rounds: number, only?: string}} options
 * @returns {Promise<number>} the exit status
 */
export async function runIsolated({ rounds, only = '' }) {
  const directory = await mkdtemp(join(tmpdir(), 'peapod-bench-'));
  const main = join(import.meta.dirname, 'main.mjs');
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
  const unshare = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inner = ['sh', '-c', script, 'sh', directory, process.execPath, main, String(rounds), only];
  try {
    const { status } = await run('unshare', [...unshare, ...inner], { env });
    return status;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
