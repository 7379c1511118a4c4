import { createHash } from 'node:crypto';

/**
 * The interface group of the host's ends of a root's pairs, from 1 to 2^31 - 1: `ip link show group N` lists them. By it
 * the firewall knows a link of a pod from every other, whether or not it still knows the pod.
 */
export function linkGroup(rootName: string): number {
  const number = createHash('sha256').update(rootName).digest().readUInt32BE() >>> 2;
  return number + 2 ** 30;
}
