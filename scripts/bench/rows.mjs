import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { compilePrograms } from './compile.mjs';
import { Floor } from './floor.mjs';
import { Library } from './library.mjs';
import { measureOwn } from './memory.mjs';
import { OciRuntime } from './oci.mjs';
import { PeerCgroup } from './peer-cgroup.mjs';
import { Podman } from './podman.mjs';
import { Ports } from './ports.mjs';
import { trueCommand } from './specs.mjs';
import { Timer } from './timer.mjs';

/** Debian's busybox-static, the payload of every row on every side. */
const busybox = '/bin/busybox';

/** Goals are the project's own: see docs/performance.md. */
function buildRows({ library, floor, crun, runc, podman, nsenter, fewPorts, manyPorts }) {
  const versus = (peer, label, sample, goal) =>
    peer === undefined ? [] : [{ label, goal, sample: () => peer[sample]() }];
  const above = (label, sample, goal) => ({ label, goal, most: true, sample: () => floor[sample]() });
  const row = (name, title, sample, peers) => ({
    name,
    title,
    sample: () => library[sample](),
    peers: peers.flat(),
  });
  return [
    row('sandbox', 'pod sandbox, no interface but lo', 'sampleSandbox', [
      versus(podman, 'podman pod create + start', 'sampleSandbox', 80),
      above('bare C', 'sampleSandbox', 1.3),
    ]),
    row('network', 'pod sandbox on the bridge, in a network made ahead', 'sampleAttached', [
      versus(podman, 'podman pod create + start', 'sampleAttached', 80),
    ]),
    row('cold', 'pod sandbox on the bridge, from nothing', 'sampleCold', [
      versus(podman, 'podman pod create + start', 'sampleAttached', 80),
    ]),
    row('start', 'container in a pod until execve', 'sampleStart', [
      versus(crun, 'crun create + start', 'sampleStart', 11),
      versus(podman, 'podman run -d in a pod', 'sampleStart', 100),
      above('bare C', 'sampleStart', 1.3),
    ]),
    row('exec', 'exec of busybox true, to exit', 'sampleExec', [
      versus(crun, 'crun exec', 'sampleExec', 6),
      versus(runc, 'runc exec', 'sampleExec', 22),
      versus(podman, 'podman exec', 'sampleExec', 110),
      versus(nsenter, 'nsenter', 'sampleExec', 2),
    ]),
    row('run', 'run busybox true in a pod, to exit and cleaned up', 'sampleRun', [
      versus(crun, 'crun run', 'sampleRun', 5),
      versus(runc, 'runc run', 'sampleRun', 13),
    ]),
    row('remove', 'container killed, reaped and cleaned up', 'sampleRemove', [
      versus(crun, 'crun delete -f', 'sampleRemove', 22),
    ]),
    row('pod-down', 'pod with 2 containers removed', 'samplePodDown', [
      versus(podman, 'podman pod rm -f -t 0', 'samplePodDown', 200),
    ]),
    row('whole', 'sandbox, container, removal of both', 'sampleWhole', [above('bare C', 'sampleWhole', 1.3)]),
    // Last: the kernel takes a while to let go of so many network namespaces.
    row(
      'many',
      '200 pod sandboxes on the bridge, one after another (goal: at most 800 ms)',
      'sampleMany',
      [],
    ),
    {
      name: 'port',
      title: 'port published while 1,000 others are',
      sample: () => manyPorts.sampleAdd(),
      peers: [
        { label: 'the same while one other is', goal: 1.5, most: true, sample: () => fewPorts.sampleAdd() },
      ],
    },
  ];
}

async function makeRootfs(directory) {
  const rootfs = join(directory, 'rootfs');
  for (const name of ['bin', 'dev', 'proc', 'sys', 'etc', 'root', 'tmp']) {
    await mkdir(join(rootfs, name), { recursive: true });
  }
  await copyFile(busybox, join(rootfs, 'bin/busybox'));
  return rootfs;
}

/** nsenter(1) into all namespaces of the library's container. */
class Nsenter {
  constructor(timer, pid) {
    this.timer = timer;
    this.pid = pid;
  }

  sampleExec() {
    return this.timer.run('nsenter', '--all', '--target', String(this.pid), ...trueCommand);
  }
}

export function isInstalled(program) {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return directories.some((directory) => existsSync(join(directory, program)));
}

/** The peer, or undefined with the reason why its rows are left out. */
async function openPeer(program, skipped, open) {
  if (!isInstalled(program)) {
    skipped.push({ label: program, reason: `it is not installed (apt-get install ${program})` });
    return undefined;
  }
  try {
    return await open();
  } catch (error) {
    skipped.push({ label: program, reason: error.message.trim().split('\n').slice(-3).join(' / ') });
    return undefined;
  }
}

async function containerPid(library) {
  return Number(
    (await readFile(join(library.container.paths.cgroup, 'cgroup.procs'), 'utf8')).split('\n')[0],
  );
}

/** Closes each, whatever becomes of the others, and throws the first error at the end. */
async function closeAll(sides) {
  const errors = [];
  for (const side of sides) await side.close().catch((error) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** Opens all sides below one directory. `close` removes everything they made. */
export async function openRows(directory) {
  if (!existsSync(busybox))
    throw new Error('The benchmark runs /bin/busybox: apt-get install busybox-static');
  // Closed from the last to the first.
  const opened = [];
  const keep = (side) => {
    if (side !== undefined) opened.unshift(side);
    return side;
  };
  const close = () => closeAll(opened);
  try {
    return { ...(await openSides(directory, keep)), close };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

function openPorts(library, count) {
  const [name, podCidr, firstPort] =
    count > 1 ? ['many', '10.211.0.0/24', 20_000] : ['few', '10.210.0.0/24', 10_000];
  return Ports.open(library, { name, podCidr, firstPort, count });
}

async function openSides(directory, keep) {
  const programs = await compilePrograms();
  const rootfs = await makeRootfs(directory);
  const library = keep(await Library.open(directory, rootfs));
  const memory = await measureOwn(library);
  await library.stand();
  const floor = keep(await Floor.open({ program: programs.floor, directory, library }));
  const { path: cgroup } = keep(await PeerCgroup.open(directory));
  const timer = keep(new Timer(programs.timed, 'runtimes'));
  const podmanTimer = keep(new Timer(programs.timed, 'podman'));
  const skipped = [];
  const peer = async (program, open) => keep(await openPeer(program, skipped, open));
  const place = { directory, rootfs, cgroup, pid: library.pod.record.pid };
  const crun = await peer('crun', () => OciRuntime.open({ ...place, program: 'crun', timer }));
  const runc = await peer('runc', () => OciRuntime.open({ ...place, program: 'runc', timer }));
  const podman = await peer('podman', () => Podman.open({ ...place, timer: podmanTimer }));
  const nsenter = new Nsenter(timer, await containerPid(library));
  const [fewPorts, manyPorts] = [keep(await openPorts(library, 1)), keep(await openPorts(library, 1000))];
  const rows = buildRows({ library, floor, crun, runc, podman, nsenter, fewPorts, manyPorts });
  return { rows, skipped, memory, podman, library };
}
