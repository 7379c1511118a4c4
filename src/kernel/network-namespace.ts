import { closeSync, fstatSync, type Stats, statfsSync, statSync } from 'node:fs';
import { hasCode, PeapodError } from '../errors.js';
import { binding } from '../native/binding.js';
import {
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_PATH,
  O_RDONLY,
} from './constants.js';
import { Descriptors } from './descriptors.js';
import type { JoinedNetwork } from './namespaces.js';
import { NetlinkSocket } from './netlink.js';
import { openProcess, signalProcess } from './pidfd.js';

/** statfs(2) of a namespace file (NSFS_MAGIC). */
const nsfsMagic = 0x6e736673;

const namespaceTypes = new Map([
  [CLONE_NEWNS, 'mount'],
  [CLONE_NEWCGROUP, 'cgroup'],
  [CLONE_NEWUTS, 'UTS'],
  [CLONE_NEWIPC, 'IPC'],
  [CLONE_NEWUSER, 'user'],
  [CLONE_NEWPID, 'PID'],
  [CLONE_NEWNET, 'network'],
  [CLONE_NEWTIME, 'time'],
]);

/**
 * Opens a network namespace that a pod is to join; the descriptor is the caller's to close. Throws
 * PEAPOD_NETWORK_UNAVAILABLE with the path and what is there instead, or that its process has ended.
 */
export function openNetworkNamespace({ path, owner }: JoinedNetwork): number {
  if (owner === undefined) return openNamespace(path);
  const pidfd = openProcess(owner);
  if (pidfd === undefined) throw refusal(path, 'the process it was of has ended');
  try {
    const fd = openNamespace(path);
    // Asked afterwards: as long as that process is not reaped, its pid is nobody else's.
    if (signalProcess(pidfd, 0)) return fd;
    closeSync(fd);
    throw refusal(path, 'the process it was of has ended');
  } finally {
    closeSync(pidfd);
  }
}

/** Nothing is opened that is not known to be a namespace: a FIFO would wait, a device might do something. */
function openNamespace(path: string): number {
  const place = openPlace(path);
  try {
    const name = `/proc/self/fd/${place}`;
    if (statfsSync(name).type !== nsfsMagic) throw refusal(path, `it is ${describeFile(statSync(name))}`);
    const fd = binding().openat(AT_FDCWD, name, O_RDONLY, 0);
    return checkNamespace(path, fd);
  } finally {
    closeSync(place);
  }
}

function openPlace(path: string): number {
  try {
    return binding().openat(AT_FDCWD, path, O_PATH, 0);
  } catch (cause) {
    const isMissing = hasCode(cause, 'ENOENT') || hasCode(cause, 'ESRCH');
    throw refusal(path, isMissing ? 'there is no such file' : (cause as { code: string }).code, { cause });
  }
}

function checkNamespace(path: string, fd: number): number {
  const type = binding().namespaceType(fd);
  const own = statSync('/proc/self/ns/net');
  const { ino, dev } = fstatSync(fd);
  if (type === CLONE_NEWNET && (ino !== own.ino || dev !== own.dev)) return fd;
  closeSync(fd);
  if (type !== CLONE_NEWNET) {
    throw refusal(path, `it is a namespace of another kind (${namespaceTypes.get(type) ?? type})`);
  }
  throw refusal(path, "it is the host's own", {
    hint: 'Set hostNetwork: true to use the network of the host',
  });
}

function describeFile(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFile()) return 'an ordinary file';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function refusal(path: string, why: string, options: { hint?: string; cause?: unknown } = {}): PeapodError {
  return new PeapodError(
    'PEAPOD_NETWORK_UNAVAILABLE',
    `Cannot join the network namespace "${path}": ${why}`,
    {
      ...options,
      details: { path },
    },
  );
}

/**
 * A network namespace that is being made, with nobody in it: it ends with its descriptors. What it is needed for can be begun
 * before it is there: its descriptors have their numbers, its socket's requests wait, and so does who receives it.
 */
export class NewNetwork {
  readonly #own = new Descriptors();
  /** What is needed on the way only. */
  readonly #onTheWay = new Descriptors();
  /** Until {@link made} it is none. */
  readonly namespace: number;
  /** A socket in it. */
  readonly socket: NetlinkSocket;
  /** A connection on which its descriptor comes as soon as it is there; its end, should it never be. */
  readonly coming: number;
  /** Rejects with a SystemError. */
  readonly made: Promise<void>;

  constructor(protocol: number) {
    const { namespace, socket, coming, made } = binding().makeNetworkNamespace(protocol);
    this.namespace = this.#own.keep(namespace);
    this.socket = new NetlinkSocket(protocol, this.#onTheWay.keep(socket));
    this.coming = this.#onTheWay.keep(coming);
    this.made = made;
    // Whoever works with it hears of it.
    made.catch(() => {});
  }

  /** Closes all but the namespace, once it was made, and nobody waits for it. */
  settle(): void {
    this.#onTheWay.close();
  }

  /** Once nobody works with it any more. */
  async close(): Promise<void> {
    await this.made.catch(() => {});
    this.settle();
    this.#own.close();
  }
}
