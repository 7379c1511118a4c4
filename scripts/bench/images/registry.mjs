import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOrThrow } from '../../run.mjs';

const port = 5011;
const startLimitMs = 30_000;

function configure(directory) {
  return `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${directory}/data}}
http: {addr: 127.0.0.1:${port}}
`;
}

/** Debian's docker-registry on the loopback, with a store of its own. */
export class Registry {
  /** @param {string} directory is made */
  static async open(directory) {
    await mkdir(directory, { recursive: true });
    const configuration = join(directory, 'config.yml');
    await writeFile(configuration, configure(directory));
    const child = spawn('docker-registry', ['serve', configuration], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const registry = new Registry(child);
    await registry.#answers();
    return registry;
  }

  constructor(child) {
    this.child = child;
    this.address = `127.0.0.1:${port}`;
  }

  async #answers() {
    const deadline = Date.now() + startLimitMs;
    while (Date.now() < deadline) {
      const answer = await fetch(`http://${this.address}/v2/`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error('docker-registry does not answer');
  }

  /** Puts the image of a layout under a name; what a user calls it. */
  async push(layout, name) {
    const reference = `${this.address}/${name}:latest`;
    const args = ['copy', '--quiet', '--insecure-policy', '--dest-tls-verify=false'];
    await runOrThrow('skopeo', [...args, `oci:${layout}:latest`, `docker://${reference}`], { capture: true });
    return reference;
  }

  async close() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
