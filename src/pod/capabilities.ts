import type { Container } from 'kubernetes-types/core/v1.js';
import { plainCapabilityNames } from '../kernel/capabilities.js';
import { configError } from './config-error.js';

/** What CRI-O gives a container that asks for nothing. */
export const defaultCapabilities: readonly string[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'KILL',
];

/**
 * The capabilities of a container, without CAP_ and in the kernel's order, by containerd's rule: the defaults, all
 * when `add` says ALL, none when `drop` says ALL; then with what `add` names, then without what `drop` names.
 *
 * @throws PEAPOD_CONTAINER_CONFIG for a name the kernel does not have.
 */
export function buildCapabilities(container: Container): readonly string[] {
  const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
  const added = add.map((name) => normalize(container, name));
  const dropped = drop.map((name) => normalize(container, name));
  const start = added.includes('ALL') ? plainCapabilityNames : defaultCapabilities;
  const wanted = new Set([...(dropped.includes('ALL') ? [] : start), ...added]);
  return plainCapabilityNames.filter((name) => wanted.has(name) && !dropped.includes(name));
}

function normalize(container: Container, name: string): string {
  const plain = name.toUpperCase().replace(/^CAP_/, '');
  if (plain === 'ALL' || plainCapabilityNames.includes(plain)) return plain;
  throw configError(
    `Cannot give container "${container.name}" the capability "${name}": there is none of that name`,
  );
}
