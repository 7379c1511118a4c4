import { any, cluster, type Fields, integer, later, list, map, readonly, string, time } from './field.js';

const bookkeeping = 'bookkeeping of an API server';

export const metadata: Fields = {
  name: string('Names the pod; unique over all namespaces, and the host name unless spec.hostname is set.', {
    required: true,
    format: 'subdomain',
  }),
  namespace: string('Groups pods and is part of the path of their logs.', {
    default: 'default',
    format: 'label',
  }),
  uid: readonly(string('Names this life of the pod: a pod deleted and applied again gets another one.')),
  labels: map(string('Words to select pods by.', { format: 'labelValue' }), { keyFormat: 'qualifiedName' }),
  annotations: map(string('Notes of people and programs; of them peapod reads peapod.dev/network alone.'), {
    keyFormat: 'annotationName',
  }),
  creationTimestamp: readonly(time('When the pod was accepted.')),
  deletionTimestamp: readonly(time('When a pod that is being deleted will be gone at the latest.')),
  deletionGracePeriodSeconds: readonly(
    integer('Seconds the deletion under way leaves the containers to stop.'),
  ),
  resourceVersion: readonly(string('Changes with every change of the object.')),
  generateName: later(string('A prefix to make up a name from when name is absent.')),
  generation: cluster(integer('Counts the changes of spec.'), bookkeeping),
  finalizers: cluster(list(string('Who must agree before the object goes.')), bookkeeping),
  managedFields: cluster(list(any('Which client set which field.')), bookkeeping),
  ownerReferences: cluster(list(any('The objects this pod belongs to.')), bookkeeping),
  selfLink: cluster(string('An old address of the object.'), bookkeeping),
};
