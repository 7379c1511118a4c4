import { PeapodError } from '../errors.js';
import { emptyConfig, type ImageConfig } from './config.js';
import { formatReference, parseReference, type Reference } from './reference.js';

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

/** An image that only holds a pod's namespaces, as Kubernetes has one; ours is made when somebody asks for it. */
export const pauseReference = fullName('pause');

/** Where manifests that were written for Kubernetes look for it. */
const pauseRepositories = [
  'docker.io/library/pause',
  'k8s.gcr.io/pause',
  'registry.k8s.io/pause',
  'gcr.io/google_containers/pause',
  'gcr.io/google_containers/pause-amd64',
];

function fullName(name: string): string {
  return formatReference(parseReference(name));
}

export function isReserved(reference: string): boolean {
  return reference === hostImage.reference || reference === pauseReference;
}

/** True for any tag of Kubernetes' pause; not for a digest, which only its own image has. */
export function isPause({ registry, repository, digest }: Reference): boolean {
  return digest === undefined && pauseRepositories.includes(`${registry}/${repository}`);
}

/** Throws PEAPOD_CONFLICT for a name that is ours: `host` and `pause` mean what they mean on every machine. */
export function checkNotReserved(reference: string): void {
  if (!isReserved(reference)) return;
  throw new PeapodError('PEAPOD_CONFLICT', `Cannot change image "${reference}": it is built in`, {
    hint: 'Choose another name.',
  });
}
