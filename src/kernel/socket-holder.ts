import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { binding } from '../native/binding.js';
import { type InetEndpoint, inetProtocols } from './inet-socket.js';
import { coversAddress, listSocketsAt } from './inet-table.js';
import { readProcessStat } from './process.js';

/** A process, and how to call it. */
export interface SocketHolder {
  readonly pid: number;
  /** Its command line, or its name where that is empty; cut when it is long. */
  readonly command: string;
}

interface OpenSocket {
  readonly pid: number;
  readonly fd: number;
  readonly inode: number;
}

const commandLength = 60;

/**
 * The process with a socket that stands in the way of an endpoint; of several one that listens, then the oldest.
 * Undefined when there is none that we may see. It looks at the descriptors of all processes: milliseconds, for when
 * something has failed.
 */
export function findSocketHolder(endpoint: InetEndpoint): SocketHolder | undefined {
  const open = listOpenSockets();
  const listed = listSocketsAt(endpoint).map(({ inode }) => open.find((socket) => socket.inode === inode));
  const found =
    listed.find((socket) => socket !== undefined) ?? open.find((socket) => isAt(socket, endpoint));
  return found && { pid: found.pid, command: readCommand(found.pid) };
}

/** What is bound without listening, as our own reservations are, must be asked itself. */
function isAt({ pid, fd }: OpenSocket, { protocol, address, port }: InetEndpoint): boolean {
  const bound = attempt(() => addressOfSocket(pid, fd));
  return (
    bound?.protocol === inetProtocols[protocol] &&
    bound.port === port &&
    coversAddress(bound.address, address)
  );
}

function addressOfSocket(
  pid: number,
  fd: number,
): { protocol: number; address: string; port: number } | null {
  const native = binding();
  const pidfd = native.pidfdOpen(pid);
  try {
    const copy = native.pidfdGetfd(pidfd, fd);
    try {
      return native.socketAddress(copy);
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(pidfd);
  }
}

/** Of the processes in our network namespace: ports of another are none of ours. */
function listOpenSockets(): OpenSocket[] {
  const network = readlinkSync('/proc/self/ns/net');
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const near = pids.filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/ns/net`)) === network);
  return near.sort((a, b) => a - b).flatMap(listSocketsOf);
}

function listSocketsOf(pid: number): OpenSocket[] {
  const fds = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return fds.flatMap((name) => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${name}`)) ?? '';
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    return inode === undefined ? [] : [{ pid, fd: Number(name), inode: Number(inode) }];
  });
}

function readCommand(pid: number): string {
  const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
  // A process may write there what it likes: terminal escapes, for example.
  const line = words.replace(/[\p{C}\s]+/gu, ' ').trim();
  const text = line === '' ? (readProcessStat(pid)?.comm ?? '') : line;
  return text.length > commandLength ? `${text.slice(0, commandLength)}…` : text;
}

/** Undefined when it fails: a process may end, or not be ours to look into. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
