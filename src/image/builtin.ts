import { PeapodError } from '../errors.js';
import { emptyConfig, type ImageConfig } from './config.js';
import { formatReference, parseReference } from './reference.js';

/** The host's own files as an image, so that every experiment works on a machine that has none. */
export const hostImage = {
  reference: fullName('host'),
  id: 'host',
  config: {
    ...emptyConfig,
    cmd: ['/bin/sh'],
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  } satisfies ImageConfig,
} as const;

const reserved = new Set([hostImage.reference, fullName('pause')]);

function fullName(name: string): string {
  return formatReference(parseReference(name));
}

export function isReserved(reference: string): boolean {
  return reserved.has(reference);
}

/** Throws PEAPOD_CONFLICT for a name that is ours: `host` and `pause` mean what they mean on every machine. */
export function checkNotReserved(reference: string): void {
  if (!isReserved(reference)) return;
  throw new PeapodError('PEAPOD_CONFLICT', `Cannot change image "${reference}": it is built in`, {
    hint: 'Choose another name.',
  });
}
