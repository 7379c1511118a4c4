import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeCgroups } from './peer-cgroup.mjs';
import { Server } from './server.mjs';
import { containerSpec, sandboxSpec, sleepCommand } from './specs.mjs';

/** More than killed processes take to be gone. */
const exitMs = 50;

/** What peapod's monitors make ahead of a container, in the child itself, and nothing of what they make for themselves. */
function withOwnDevices(planned, deviceSteps) {
  const [closeOthers, setUmask, ...steps] = planned.child.filter(({ op }) => op !== 'awaitGate');
  const inputs = planned.inputs.filter((name) => !['dev', 'devpts', 'gate'].includes(name));
  return { ...planned, inputs, child: [closeOthers, setUmask, ...deviceSteps, ...steps] };
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
    const place = { run: '', cgroup: '', network: waist.loopbackSteps };
    const plannedSandbox = waist.buildSandboxPlan(sandbox, place);
    // It makes directories itself, and gives the cgroup as the first input.
    const sandboxPlan = { ...plannedSandbox, before: [], inputs: ['cgroup', ...plannedSandbox.inputs] };
    const planned = waist.buildStartPlan(container, sandbox, paths);
    const containerPlan = withOwnDevices(planned, waist.makeDeviceSteps);
    await writeFile(join(own, 'sandbox.plan'), waist.encodePlan(sandboxPlan));
    await writeFile(join(own, 'container.plan'), waist.encodePlan(containerPlan));
    const cgroup = `${host.cgroup}-floor`;
    await mkdir(cgroup);
    const layer = ['upper', 'work'].map((name) => join(host.paths.state, paths[name]));
    const files = [join(own, 'sandbox.plan'), join(own, 'container.plan'), waist.executablePath('pause')];
    const mounts = `/proc/${process.pid}/fd/${await host.emptyMounts.make()}`;
    return new Floor(new Server(program, [...files, cgroup, host.paths.state, ...layer, mounts]), cgroup);
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
