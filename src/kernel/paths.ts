import { join, resolve } from 'node:path';

/** The directories of one root. The only place that knows how state is laid out on disk. */
export interface Paths {
  /** Durable: pods, images, volumes, logs. */
  readonly state: string;
  /** Volatile: sockets, pids; may be lost at a reboot. */
  readonly run: string;
  readonly lock: string;
  readonly socket: string;
  readonly images: string;
  /** What the pods' network is. */
  readonly networkSettings: string;
  /** How far addresses were handed out. */
  readonly networkCursor: string;
  /** What CNI plugins have made. */
  readonly cni: string;
  readonly pods: string;
  readonly podLogs: string;
  readonly podRuns: string;
  readonly podFacts: string;
}

/** The paths of `root`, or of the default root (/var/lib/peapod and /run/peapod) when there is none. */
export function buildPaths(root?: string): Paths {
  const state = root === undefined ? '/var/lib/peapod' : resolve(root, 'state');
  const run = root === undefined ? '/run/peapod' : resolve(root, 'run');
  return {
    state,
    run,
    lock: join(run, 'lock'),
    socket: join(run, 'peapod.sock'),
    images: join(state, 'images'),
    networkSettings: join(state, 'network.json'),
    networkCursor: join(state, 'addresses.json'),
    cni: join(state, 'cni'),
    pods: join(state, 'pods'),
    podLogs: join(state, 'logs', 'pods'),
    podRuns: join(run, 'pods'),
    podFacts: join(run, 'facts'),
  };
}

/** What outlives a reboot of one pod: its record, events, disk volumes and writable layers. */
export function podDirectory(paths: Paths, uid: string): string {
  return `${paths.pods}/${uid}`;
}

export function volumeDirectory(paths: Paths, uid: string, volume: string): string {
  return join(podDirectory(paths, uid), 'volumes', volume);
}

/** The directory of the files made for a pod: hostname, hosts, resolv.conf. */
export function podFilesDirectory(paths: Paths, uid: string): string {
  return join(podDirectory(paths, uid), 'etc');
}

/** One run of a container: its writable layer and its termination message. */
export function containerDirectory(paths: Paths, uid: string, name: string, attempt: number): string {
  return `${podDirectory(paths, uid)}/containers/${name}/${attempt}`;
}

export function terminationMessagePath(paths: Paths, uid: string, name: string, attempt: number): string {
  return join(podDirectory(paths, uid), 'messages', `${name}-${attempt}`);
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A pod's logs, named as the kubelet names them so that its readers find them. */
export function podLogDirectory(paths: Paths, pod: PodName): string {
  return join(paths.podLogs, `${pod.namespace}_${pod.name}_${pod.uid}`);
}

export function containerLogDirectory(paths: Paths, pod: PodName, container: string): string {
  return join(podLogDirectory(paths, pod), container);
}

/** Name of the live log file of one run; rotated ones carry a suffix. */
export function logFileName(attempt: number): string {
  return `${attempt}.log`;
}

/** Sockets and records of a sandbox. */
export function podRunDirectory(paths: Paths, uid: string): string {
  return `${paths.podRuns}/${uid}`;
}

/** Sockets and records of one run of a container. */
export function containerRunDirectory(paths: Paths, uid: string, name: string, attempt: number): string {
  return `${podRunDirectory(paths, uid)}/${name}-${attempt}`;
}
