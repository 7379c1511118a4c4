/** The nine default capabilities of a container, as peapod, crun and podman are all told to give. */
export const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETPCAP',
  'SETUID',
];

/** Runs until it is killed. */
export const sleepCommand = ['/bin/busybox', 'sleep', '3600'];

/** Ends at once. */
export const trueCommand = ['/bin/busybox', 'true'];

/** A pod with namespaces of its own for all but the process ids, as Kubernetes makes them by default. */
export function sandboxSpec(podUid) {
  return {
    podUid,
    podName: podUid,
    podNamespace: 'default',
    attempt: 0,
    hostname: 'bench',
    network: 'pod',
    ipc: 'pod',
    uts: 'pod',
    pid: 'container',
    shmBytes: 64 << 20,
    memoryVolumes: [],
    sysctls: [],
  };
}

export function processSpec(argv) {
  return {
    argv,
    env: ['PATH=/bin', 'HOSTNAME=bench', 'HOME=/root'],
    cwd: '/',
    user: { uid: 0, gid: 0, additionalGids: [] },
    capabilities,
    noNewPrivileges: true,
    rlimits: { nofile: { soft: 1024, hard: 1024 }, core: { soft: 0, hard: 0 } },
    terminal: false,
  };
}

/**
 * A container of the busybox image with a log.
 * @param {{podUid: string, name: string, logs: string}} place
 * @param {string[]} argv
 */
export function containerSpec({ podUid, name, logs }, argv) {
  return {
    podUid,
    name,
    attempt: 0,
    rootfs: { kind: 'overlay', layers: ['layer'] },
    readOnlyRootfs: false,
    mounts: [],
    process: processSpec(argv),
    stdin: false,
    stdinOnce: false,
    logDirectory: `${logs}/${podUid}/${name}`,
    logMaxBytes: 10 << 20,
    logMaxFiles: 5,
    stopSignal: 15,
  };
}
