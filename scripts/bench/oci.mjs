import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capabilities, sleepCommand, trueCommand } from './specs.mjs';

/** A bundle names its container's cgroup, so the one that stays has a bundle of its own. */
const bundles = { standing: sleepCommand, sleep: sleepCommand, true: trueCommand };

/** A namespace of pause, for a container that joins the pod. */
function joined(pid, type) {
  const file = type === 'network' ? 'net' : type;
  return { type, path: `/proc/${pid}/ns/${file}` };
}

/** The runtime's own default spec, with the namespaces, capabilities and limits that peapod's containers get. */
function adaptSpec(spec, { argv, rootfs, pid, cgroup }) {
  const caps = capabilities.map((name) => `CAP_${name}`);
  return {
    ...spec,
    root: { path: rootfs, readonly: false },
    hostname: undefined,
    process: {
      ...spec.process,
      terminal: false,
      args: argv,
      env: ['PATH=/bin', 'HOSTNAME=bench', 'HOME=/root'],
      capabilities: { bounding: caps, effective: caps, permitted: caps },
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 1024 }],
    },
    linux: {
      ...spec.linux,
      cgroupsPath: cgroup,
      namespaces: [
        { type: 'pid' },
        { type: 'mount' },
        { type: 'cgroup' },
        ...['network', 'ipc', 'uts'].map((type) => joined(pid, type)),
      ],
    },
  };
}

/** crun or runc, with containers that join the namespaces of the pod the library made. */
export class OciRuntime {
  #count = 0;

  /** @param {{program: string, directory: string, rootfs: string, pid: number, cgroup: string, timer: import('./timer.mjs').Timer}} options */
  static async open({ program, directory, rootfs, pid, cgroup, timer }) {
    const own = join(directory, program);
    for (const [name, argv] of Object.entries(bundles)) {
      const bundle = join(own, name);
      await mkdir(bundle, { recursive: true });
      await timer.run('sh', '-c', `cd "$1" && "$2" spec`, 'sh', bundle, program);
      const file = join(bundle, 'config.json');
      const spec = adaptSpec(JSON.parse(await readFile(file, 'utf8')), {
        argv,
        rootfs,
        pid,
        cgroup: `${cgroup}/${program}-${name}`,
      });
      await writeFile(file, JSON.stringify(spec));
    }
    const runtime = new OciRuntime(program, own, timer);
    runtime.container = await runtime.#start('standing');
    return runtime;
  }

  constructor(program, directory, timer) {
    this.program = program;
    this.directory = directory;
    this.timer = timer;
  }

  #run(...args) {
    return this.timer.run(this.program, '--root', join(this.directory, 'state'), ...args);
  }

  #name() {
    return `peapod-bench-${this.program}-${process.ppid}-${this.#count++}`;
  }

  async #start(bundle) {
    const name = this.#name();
    await this.#run('run', '--detach', '--bundle', join(this.directory, bundle), name);
    return name;
  }

  /** create, which comes back when the process waits before execve, and start. */
  async sampleStart() {
    const name = this.#name();
    const created = await this.#run('create', '--bundle', join(this.directory, 'sleep'), name);
    const started = await this.#run('start', name);
    await this.#run('delete', '--force', name);
    return created + started;
  }

  sampleRun() {
    return this.#run('run', '--bundle', join(this.directory, 'true'), this.#name());
  }

  sampleExec() {
    return this.#run('exec', this.container, ...trueCommand);
  }

  async sampleRemove() {
    const name = await this.#start('sleep');
    return await this.#run('delete', '--force', name);
  }

  close() {
    return this.#run('delete', '--force', this.container);
  }
}
