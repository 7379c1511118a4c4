import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeCgroups } from './peer-cgroup.mjs';
import { Server } from './server.mjs';
import { containerSpec, sandboxSpec, sleepCommand } from './specs.mjs';

/** More than killed processes take to be gone. */
const exitMs = 50;

/** What peapod's monitors make ahead of a container and for it, in the child itself, and nothing of what they make for themselves. */
function withOwnMounts(planned, mountSteps) {
  const [closeOthers, setUmask, ...steps] = planned.child;
  const [, ...streams] = planned.inputs.filter(
    (name) => !['dev', 'devpts', 'cgroup', 'rootfs'].includes(name),
  );
  const inputs = ['cgroup', 'sandbox', 'state', ...streams];
  return { ...planned, inputs, child: [closeOthers, setUmask, ...mountSteps, ...steps] };
}

/** The bare C floor (floor.c), given the very plans that peapod's own pods and containers are launched from. */
export class Floor {
  #server;
  #cgroup;

  /** @param {{program: string, directory: string, library: import('./library.mjs').Library}} options */
  static async open({ program, directory, library }) {
    const { waist, host, logs } = library;
    const own = join(directory, 'floor');
    await mkdir(own);
    const sandbox = { ...sandboxSpec('floor'), network: 'none' };
    const container = containerSpec({ podUid: 'floor', name: 'floor', logs }, sleepCommand);
    const paths = { upper: 'floor-upper', work: 'floor-work', scratch: host.anchor, hidden: [] };
    const place = { anchor: host.anchor, run: '', cgroup: '', network: waist.loopbackSteps };
    const planned = waist.buildSandboxPlan(sandbox, place);
    // It makes directories itself, and gives the cgroup as the first input.
    const sandboxPlan = { ...planned, before: [], inputs: ['cgroup', ...planned.inputs] };
    const mountSteps = [...waist.makeDeviceSteps, ...waist.buildRootSteps(container.rootfs, paths)];
    const containerPlan = withOwnMounts(waist.buildStartPlan(container, sandbox, paths), mountSteps);
    await writeFile(join(own, 'sandbox.plan'), waist.encodePlan(sandboxPlan));
    await writeFile(join(own, 'container.plan'), waist.encodePlan(containerPlan));
    const cgroup = `${host.cgroup}-floor`;
    await mkdir(cgroup);
    const layer = ['upper', 'work'].map((name) => join(host.paths.state, paths[name]));
    const files = [join(own, 'sandbox.plan'), join(own, 'container.plan'), waist.executablePath('pause')];
    return new Floor(new Server(program, [...files, cgroup, host.paths.state, ...layer]), cgroup);
  }

  constructor(server, cgroup) {
    this.#server = server;
    this.#cgroup = cgroup;
  }

  async samplePart(part) {
    const nanoseconds = await this.#server.ask('\n');
    return nanoseconds[part] / 1e6;
  }

  sampleSandbox() {
    return this.samplePart(0);
  }

  sampleStart() {
    return this.samplePart(1);
  }

  async sampleWhole() {
    const nanoseconds = await this.#server.ask('\n');
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
  }

  async close() {
    await this.#server.close();
    // Something is left only of a floor that failed.
    await writeFile(join(this.#cgroup, 'cgroup.kill'), '1');
    await sleep(exitMs);
    await removeCgroups(this.#cgroup);
  }
}
