import { readFileSync } from 'node:fs';
import { SocketAddress } from 'node:net';
import { hasCode } from '../errors.js';
import type { InetEndpoint, InetProtocol } from './inet-socket.js';

/** A socket of our network namespace, as /proc/net lists it. */
export interface InetSocket {
  /** Its own end: `0.0.0.0` or `::` for every address; one of IPv4 also when the socket is of IPv6. */
  readonly address: string;
  readonly port: number;
  /** 0 for a connection that no process has any more. */
  readonly inode: number;
  /** It waits for others to begin, where another is one end of a connection. */
  readonly isListening: boolean;
}

/** State of a TCP socket that listens, and of a UDP socket that is not connected (include/net/tcp_states.h). */
const TCP_LISTEN = 0x0a;
const TCP_CLOSE = 0x07;

const tables: Readonly<Record<InetProtocol, readonly string[]>> = {
  TCP: ['tcp', 'tcp6'],
  UDP: ['udp', 'udp6'],
  SCTP: ['sctp/eps'],
};

/**
 * The sockets that stand in the way of an endpoint, those that listen first. What is bound without listening the kernel
 * does not list.
 */
export function listSocketsAt({ protocol, address, port }: InetEndpoint): InetSocket[] {
  const isThere = (socket: InetSocket) => socket.port === port && coversAddress(socket.address, address);
  const found = tables[protocol].flatMap(readTable).filter(isThere);
  return found.sort((a, b) => Number(b.isListening) - Number(a.isListening));
}

/** True if a socket bound to `own` is in the way of one bound to `address`; absent is every address. */
export function coversAddress(own: string, address: string | undefined): boolean {
  return address === undefined || own === address || own === '0.0.0.0' || own === '::';
}

/** Reads the content of /proc/net/tcp, tcp6, udp or udp6; see proc_pid_net(5). */
export function parseInetTable(text: string): InetSocket[] {
  return rows(text).map((fields) => {
    const [address = '', port = ''] = (fields[1] ?? '').split(':');
    const state = Number.parseInt(fields[3] ?? '', 16);
    return {
      address: decodeAddress(address),
      port: Number.parseInt(port, 16),
      inode: Number(fields[9]),
      isListening: state === TCP_LISTEN || state === TCP_CLOSE,
    };
  });
}

/** Reads the content of /proc/net/sctp/eps: a socket with several addresses counts as bound to every one. */
export function parseSctpTable(text: string): InetSocket[] {
  return rows(text).map((fields) => ({
    address: fields.length === 9 ? (fields[8] as string) : '::',
    port: Number(fields[5]),
    inode: Number(fields[7]),
    isListening: true,
  }));
}

function readTable(name: string): InetSocket[] {
  const parse = name.startsWith('sctp') ? parseSctpTable : parseInetTable;
  try {
    return parse(readFileSync(`/proc/net/${name}`, 'utf8'));
  } catch (error) {
    // The kernel lacks the protocol, or IPv6.
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function rows(text: string): string[][] {
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => line.trim() !== '').map((line) => line.trim().split(/\s+/));
}

/** Words of 32 bits in the order of this machine's bytes, which is little-endian. */
function decodeAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) as string[];
  const { address } = new SocketAddress({ family: 'ipv6', address: groups.join(':') });
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
