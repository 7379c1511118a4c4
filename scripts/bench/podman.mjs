import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capabilities, sleepCommand, trueCommand } from './specs.mjs';

/**
 * Its default limits are above what a root without CAP_SYS_RESOURCE may ask for; lock files keep it out of /dev/shm.
 * @param {string} directory
 */
function containersConf(directory) {
  return `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
default_capabilities = [${capabilities.map((name) => `"${name}"`).join(', ')}]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
runtime = "crun"
tmp_dir = "${directory}/tmp"
[network]
network_config_dir = "${directory}/networks"
`;
}

/** podman with crun on storage of its own, pods without a network, as the sandboxes they are held against. */
export class Podman {
  #count = 0;
  #image = 'localhost/busybox';

  /** @param {{directory: string, rootfs: string, cgroup: string, timer: import('./timer.mjs').Timer}} options */
  static async open({ directory, rootfs, cgroup, timer }) {
    const own = join(directory, 'podman');
    await mkdir(join(own, 'tmp'), { recursive: true });
    await writeFile(join(own, 'containers.conf'), containersConf(own));
    const podman = new Podman(own, cgroup, timer);
    const archive = join(own, 'rootfs.tar');
    await timer.run('tar', '-C', rootfs, '-cf', archive, '.');
    await podman.#run('import', archive, podman.#image);
    podman.pod = await podman.#makePod();
    podman.container = await podman.#start(podman.pod);
    return podman;
  }

  constructor(directory, cgroup, timer) {
    this.directory = directory;
    this.cgroup = cgroup;
    this.timer = timer;
  }

  #run(...args) {
    const global = ['--root', join(this.directory, 'root'), '--runroot', join(this.directory, 'run')];
    const env = [`CONTAINERS_CONF=${join(this.directory, 'containers.conf')}`];
    return this.timer.run('env', ...env, 'podman', ...global, '--storage-driver', 'overlay', ...args);
  }

  #name(kind) {
    return `${kind}${this.#count++}`;
  }

  #createPod(name, network = 'none') {
    const options = ['--network', network, '--cgroup-parent', this.cgroup, '--name', name];
    return this.#run('pod', 'create', ...options);
  }

  async #makePod() {
    const name = this.#name('pod');
    await this.#createPod(name);
    await this.#run('pod', 'start', name);
    return name;
  }

  async #start(pod) {
    const name = this.#name('container');
    await this.#run('run', '--detach', '--pod', pod, '--name', name, this.#image, ...sleepCommand);
    return name;
  }

  #removePod(name) {
    return this.#run('pod', 'rm', '--force', '--time', '0', name);
  }

  sampleSandbox() {
    return this.#samplePod('none');
  }

  /** On its default bridge. */
  sampleAttached() {
    return this.#samplePod('podman');
  }

  async #samplePod(network) {
    const name = this.#name('pod');
    const created = await this.#createPod(name, network);
    const started = await this.#run('pod', 'start', name);
    await this.#removePod(name);
    return created + started;
  }

  async sampleStart() {
    const name = this.#name('container');
    const options = ['--detach', '--pod', this.pod, '--name', name];
    const started = await this.#run('run', ...options, this.#image, ...sleepCommand);
    await this.#run('rm', '--force', '--time', '0', name);
    return started;
  }

  sampleExec() {
    return this.#run('exec', this.container, ...trueCommand);
  }

  /** A pod with two containers beside its infra container, like `makePair` of the memory row. */
  async samplePodDown() {
    const name = await this.makePair();
    return await this.#removePod(name);
  }

  async makePair() {
    const name = await this.#makePod();
    await this.#start(name);
    await this.#start(name);
    return name;
  }

  removePair(name) {
    return this.#removePod(name);
  }

  close() {
    return this.#removePod(this.pod);
  }
}
