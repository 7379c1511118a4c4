import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type ErrorCode, type ErrorOptions, hasCode, PeapodError } from '../errors.js';
import { listSocketsAt } from '../kernel/inet-table.js';
import { findSocketHolder } from '../kernel/socket-holder.js';
import type { PublishedPort } from './attachment.js';

/** `8080/TCP`, `127.0.0.1:8080/TCP`, `[::1]:8080/TCP`. */
export function describePort({ protocol, hostIP, hostPort }: PublishedPort): string {
  const host = isIPv6(hostIP ?? '') ? `[${hostIP}]` : hostIP;
  return `${host === undefined ? '' : `${host}:`}${hostPort}/${protocol}`;
}

/** A port that cannot be published, and why. */
export function portError(
  port: PublishedPort,
  why: string,
  rest: ErrorOptions & { code: ErrorCode },
): PeapodError {
  const { code, details, ...options } = rest;
  const text = describePort(port);
  return new PeapodError(code, `Cannot publish port ${text} of the host: ${why}`, {
    ...options,
    details: { port: text, ...details },
  });
}

/** A port that another pod has. */
export function takenByPod(port: PublishedPort, name: string): PeapodError {
  return portError(port, `pod "${name}" has it`, {
    code: 'PEAPOD_PORT_TAKEN',
    hint: 'Choose another port, or delete that pod',
    details: { pod: name },
  });
}

/** What stopped the reservation of a port, said so that something can be done; errors that say nothing of it as they are. */
export function explainReservation(port: PublishedPort, cause: unknown): unknown {
  if (hasCode(cause, 'EADDRINUSE')) return takenByProcess(port, cause);
  if (hasCode(cause, 'EADDRNOTAVAIL')) return notLocal(port, cause);
  if (hasCode(cause, 'EAFNOSUPPORT')) return notLocal(port, cause);
  if (hasCode(cause, 'EPROTONOSUPPORT') || hasCode(cause, 'ESOCKTNOSUPPORT')) return noProtocol(port, cause);
  return cause;
}

/** An address that none of this host's links has. */
export function notLocal(port: PublishedPort, cause?: unknown): PeapodError {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const list = own.filter(({ address }) => !address.startsWith('fe80:')).map(({ address }) => address);
  return portError(port, `${port.hostIP} is no address of this host`, {
    code: 'PEAPOD_ADDRESS_NOT_LOCAL',
    hint: `Leave hostIP out for all addresses, or use one of ${list.join(', ')}`,
    details: { address: port.hostIP },
    cause,
  });
}

function noProtocol(port: PublishedPort, cause: unknown): PeapodError {
  const module = port.protocol.toLowerCase();
  return portError(port, `this kernel has no ${port.protocol}`, {
    code: 'PEAPOD_UNSUPPORTED',
    hint: `Load its module "${module}" (modprobe ${module}), or use a kernel that has it`,
    cause,
  });
}

function takenByProcess(port: PublishedPort, cause: unknown): PeapodError {
  const { protocol, hostIP: address, hostPort } = port;
  const endpoint = { protocol, address, port: hostPort };
  const holder = findSocketHolder(endpoint);
  const code = 'PEAPOD_PORT_TAKEN';
  if (holder !== undefined) {
    const hint = 'Choose another port, or end that process';
    return portError(port, `process ${holder.pid} (${holder.command}) has it`, {
      ...{ code, hint, cause },
      details: { ...holder },
    });
  }
  const isEnding = listSocketsAt(endpoint).some(({ inode }) => inode === 0);
  return isEnding
    ? portError(port, 'a connection that has ended keeps it', { code, cause, hint: 'Try again in a minute' })
    : portError(port, 'something that no process shows has it', { code, cause, hint: 'Choose another port' });
}
