import type { Container } from 'kubernetes-types/core/v1.js';
import { digest } from '../kernel/digest.js';

/**
 * Names a container's spec: a running container whose spec has another hash is ended and started anew. The order
 * of keys and keys without a value make no difference. 16 hexadecimal digits.
 */
export function specHash(container: Container): string {
  return hashOf(container);
}

/** Names what a back-off is about: another image or other resources deserve a fresh start, another command does not. */
export function backOffKey({ image, resources }: Container): string {
  return hashOf({ image, resources });
}

function hashOf(value: unknown): string {
  return digest(JSON.stringify(sorted(value))).slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
