import { fieldRef, resourceFieldRef } from './env.js';
import { any, boolean, cluster, type Fields, integer, list, object, string } from './field.js';

/** Volumes whose files are made from objects: ConfigMap, Secret, the pod itself. */

/** 0644, Kubernetes' own default for such files. */
const defaultMode = integer('The permission bits of files that state none.', {
  default: 0o644,
  minimum: 0,
  maximum: 0o777,
});
const mode = integer('The permission bits of the file.', { minimum: 0, maximum: 0o777 });
const optional = boolean('Go on when the object or a key does not exist.');
const path = string('The file, relative to the volume.', { required: true, format: 'subPath' });

const keyToPath: Fields = { key: string('The key.', { required: true }), path, mode };
const items = list(object(keyToPath, 'Which keys become which files; absent is all of them.'));
const name = string('The name of the object.');

const downwardItem: Fields = {
  path,
  mode,
  fieldRef: object(fieldRef, 'A field of the pod.'),
  resourceFieldRef: object(resourceFieldRef, 'A limit or request of a container.'),
};
const downwardItems = list(
  object(downwardItem, 'The files.', { choose: { of: ['fieldRef', 'resourceFieldRef'], required: true } }),
);

export const configMapVolume: Fields = { name, items, optional, defaultMode };
export const secretVolume: Fields = {
  secretName: string('The name of the Secret.'),
  items,
  optional,
  defaultMode,
};
export const downwardVolume: Fields = { items: downwardItems, defaultMode };

const serviceAccountToken: Fields = {
  audience: string('Whom the token is for.'),
  expirationSeconds: integer('Seconds the token is good for.'),
  path,
};

const projection: Fields = {
  configMap: object({ name, items, optional }, 'Keys of a ConfigMap.'),
  secret: object({ name, items, optional }, 'Keys of a Secret.'),
  downwardAPI: object({ items: downwardItems }, 'Fields of the pod.'),
  clusterTrustBundle: cluster(any('Certificates of a cluster.')),
  podCertificate: cluster(any('A certificate for the pod.')),
  serviceAccountToken: cluster(object(serviceAccountToken, 'A token of the service account.')),
};

export const projectedVolume: Fields = {
  sources: list(
    object(projection, 'What is put together in one directory.', {
      choose: { of: Object.keys(projection), required: true },
    }),
  ),
  defaultMode,
};
