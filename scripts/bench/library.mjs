import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { containerSpec, processSpec, sandboxSpec, sleepCommand, trueCommand } from './specs.mjs';
import { loadWaist } from './waist.mjs';

/** Milliseconds until `operation` has resolved, and what it resolved with. */
async function time(operation) {
  const began = performance.now();
  const result = await operation();
  return { elapsedMs: performance.now() - began, result };
}

/** peapod in this process, on a root of its own. */
export class Library {
  #count = 0;

  static async open(directory, rootfs) {
    const waist = await loadWaist();
    const root = join(directory, 'peapod');
    const host = waist.openHost(waist.buildPaths(root));
    await cp(rootfs, join(host.paths.state, 'layer'), { recursive: true });
    const settings = waist.decideNetwork({ options: {}, rootName: host.name, pods: [] });
    const { networkSettings: settingsPath, networkCursor: cursorPath } = host.paths;
    const warn = (message) => process.emitWarning(message);
    const network = new waist.PodNetwork({ rootName: host.name, settings, settingsPath, cursorPath, warn });
    const monitors = new waist.Monitors(host);
    return new Library(waist, host, { logs: join(root, 'logs'), network, monitors });
  }

  constructor(waist, host, { logs, network, monitors }) {
    this.waist = waist;
    this.host = host;
    this.logs = logs;
    this.network = network;
    this.monitors = monitors;
  }

  /** Makes the pod and the container that stay for all rows, and a pod for which the bridge stays. */
  async stand() {
    this.attached = await this.createAttached();
    this.pod = await this.createPod();
    this.container = await this.start(this.pod, sleepCommand);
  }

  /** With nothing but `lo`. */
  createPod() {
    const spec = { ...sandboxSpec(`pod-${this.#count++}`), network: 'none' };
    return this.waist.createSandbox(this.host, spec);
  }

  /** On the bridge, with an address. */
  async createAttached(ports = []) {
    const spec = sandboxSpec(`pod-${this.#count++}`);
    const link = await this.network.link({ podUid: spec.podUid, attempt: 0, ports });
    const pod = await this.waist.createSandbox(this.host, spec, link);
    const remove = async () => {
      await pod.remove();
      await this.network.release({ podUid: spec.podUid });
    };
    return { remove, pid: pod.record.pid };
  }

  async sampleAttached() {
    const { elapsedMs, result: pod } = await time(() => this.createAttached());
    await pod.remove();
    return elapsedMs;
  }

  /** Right after another: what was made ahead, that one has. */
  async sampleCold() {
    const other = await this.createAttached();
    const elapsedMs = await this.sampleAttached();
    await other.remove();
    return elapsedMs;
  }

  /** One after another. */
  async sampleMany() {
    const { elapsedMs, result: pods } = await time(async () => {
      const made = [];
      for (let count = 0; count < 200; count++) made.push(await this.createAttached());
      return made;
    });
    for (const pod of pods) await pod.remove();
    return elapsedMs;
  }

  spec(pod, argv) {
    const place = { podUid: pod.record.spec.podUid, name: `c${this.#count++}`, logs: this.logs };
    return containerSpec(place, argv);
  }

  start(pod, argv, spec = this.spec(pod, argv)) {
    const { pidfd, record } = pod;
    return this.waist.startContainer(this.monitors, { pidfd, namespaces: record.spec }, spec);
  }

  async sampleSandbox() {
    const { elapsedMs, result: pod } = await time(() => this.createPod());
    await pod.remove();
    return elapsedMs;
  }

  /** What is asked for is thought out before, as a bundle's config.json is for the peers. */
  async sampleStart() {
    const spec = this.spec(this.pod, sleepCommand);
    const { elapsedMs, result: container } = await time(() => this.start(this.pod, sleepCommand, spec));
    await container.remove();
    return elapsedMs;
  }

  async sampleRun() {
    const { elapsedMs } = await time(async () => {
      const container = await this.start(this.pod, trueCommand);
      await container.exit;
      await container.remove();
    });
    return elapsedMs;
  }

  async sampleExec() {
    const { elapsedMs, result } = await time(async () => {
      const session = await this.waist.execInContainer(this.container, processSpec(trueCommand), {
        stdin: false,
      });
      return { session, status: await session.exit };
    });
    result.session.stdout.destroy();
    result.session.stderr.destroy();
    if (result.status.status !== 0) throw new Error(`exec ended with ${JSON.stringify(result.status)}`);
    return elapsedMs;
  }

  async sampleRemove() {
    const container = await this.start(this.pod, sleepCommand);
    const { elapsedMs } = await time(() => container.remove());
    return elapsedMs;
  }

  async samplePodDown() {
    const pod = await this.createPod();
    const containers = await Promise.all([this.start(pod, sleepCommand), this.start(pod, sleepCommand)]);
    const { elapsedMs } = await time(async () => {
      await Promise.all(containers.map((container) => container.remove()));
      await pod.remove();
    });
    return elapsedMs;
  }

  /** All that happens to a pod with one container. */
  async sampleWhole() {
    const { elapsedMs } = await time(async () => {
      const pod = await this.createPod();
      const container = await this.start(pod, sleepCommand);
      await container.remove();
      await pod.remove();
    });
    return elapsedMs;
  }

  async close() {
    await this.container?.remove();
    await this.pod?.remove();
    await this.attached?.remove();
    await this.monitors.close();
    await this.network.close();
    this.host.close();
  }
}
