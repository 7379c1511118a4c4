import { constants } from 'node:os';
import type { Container } from 'kubernetes-types/core/v1.js';
import { configError } from './config-error.js';

/** glibc keeps the two real-time signals below this for itself. */
const firstRealTime = 34;
const lastRealTime = 64;

/** v1's lifecycle since Kubernetes 1.33. */
interface LifecycleWithSignal {
  readonly stopSignal?: string;
}

/**
 * The number of the signal that asks a container to end: lifecycle.stopSignal, else the image's, else SIGTERM.
 *
 * @throws PEAPOD_CONTAINER_CONFIG for a name that is no signal.
 */
export function stopSignalOf(container: Container, imageSignal: string | undefined): number {
  const { stopSignal } = (container.lifecycle ?? {}) as LifecycleWithSignal;
  const wanted = stopSignal || imageSignal || 'SIGTERM';
  const number = parseSignal(wanted);
  if (number !== undefined) return number;
  throw configError(`Cannot stop container "${container.name}" with "${wanted}": it is no signal`);
}

/** `15`, `TERM`, `SIGTERM`, `SIGRTMIN+3` or `RTMAX-1` as a number; undefined for anything else. */
export function parseSignal(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return inRange(Number(text));
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  const realTime = /^SIGRT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/.exec(name);
  if (realTime === null) return (constants.signals as Readonly<Record<string, number>>)[name];
  const isFromFirst = name.startsWith('SIGRTMIN');
  const offset = Number(realTime[1] ?? realTime[2] ?? 0);
  const number = isFromFirst ? firstRealTime + offset : lastRealTime - offset;
  return number >= firstRealTime ? inRange(number) : undefined;
}

function inRange(number: number): number | undefined {
  return number >= 1 && number <= lastRealTime ? number : undefined;
}
