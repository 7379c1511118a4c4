import { limits } from '../limits.js';
import { appContainer, ephemeralContainer, initContainer } from './container.js';
import {
  boolean,
  type Fields,
  integer,
  later,
  list,
  map,
  object,
  quantity,
  readonly,
  string,
  values,
} from './field.js';
import { metadata } from './metadata.js';
import { naming } from './naming.js';
import { resources } from './resources.js';
import { scheduling } from './scheduling.js';
import { podSecurityContext } from './security.js';
import { status } from './status.js';
import { volume, volumeSources } from './volume.js';

const maxItems = limits.containers;

const namespaces: Fields = {
  hostNetwork: boolean("Use the host's network and host name."),
  hostPID: boolean("See the host's processes."),
  hostIPC: boolean("Use the host's System V IPC, message queues and /dev/shm."),
  hostUsers: boolean("Use the host's user ids.", { values: { true: 'supported', false: 'later' } }),
  shareProcessNamespace: boolean('All containers see each other; pause is their process 1.'),
};

const secret: Fields = { name: string('The name of the Secret.') };
const gate: Fields = { conditionType: string('The condition.', { required: true }) };
const os: Fields = {
  name: string('linux; nothing else runs here.', { required: true, values: values('linux') }),
};

const containers = object(appContainer, 'The containers that make the pod; started in order.');

const spec: Fields = {
  containers: list(containers, { required: true, minItems: 1, maxItems }),
  initContainers: list(object(initContainer, 'Run to success one by one before the containers.'), {
    maxItems,
  }),
  ephemeralContainers: later(
    list(object(ephemeralContainer, 'Containers put into a running pod to look around.'), { maxItems }),
  ),
  volumes: list(
    object(volume, 'Directories and files that containers mount.', {
      choose: { of: volumeSources, required: false },
    }),
  ),
  restartPolicy: string('When containers that end are started again.', {
    default: 'Always',
    values: values('Always', 'OnFailure', 'Never'),
  }),
  terminationGracePeriodSeconds: integer('Seconds between the stop signal and SIGKILL.', {
    default: 30,
    minimum: 0,
  }),
  activeDeadlineSeconds: integer('Seconds after which the pod is ended as failed.', {
    minimum: 1,
    maximum: 2_147_483_647,
  }),
  ...namespaces,
  ...naming,
  securityContext: object(podSecurityContext, 'Users and privileges of all containers.', { default: {} }),
  serviceAccountName: string('A name for fieldRef; there is no service account here.'),
  serviceAccount: string('The old name of serviceAccountName.'),
  imagePullSecrets: later(list(object(secret, 'Secrets to fetch images with.'))),
  os: object(os, 'The operating system the containers are made for.'),
  overhead: later(map(quantity('What the sandbox itself takes, by resource.'))),
  readinessGates: later(list(object(gate, 'Conditions that others set and that Ready waits for.'))),
  resources: later(object(resources, 'Processor time and memory of the whole pod.')),
  runtimeClassName: later(string('Another runtime.')),
  ...scheduling,
};

/** The whole Pod: the one table that checking, defaults and docs/pod-fields.md follow. */
export const podFields: Fields = {
  apiVersion: string('The version of the API; v1 for pods.', { required: true, values: values('v1') }),
  kind: string('The kind of the object.', { required: true, values: values('Pod') }),
  metadata: object(metadata, 'Names and notes.', { required: true }),
  spec: object(spec, 'What is wanted.', { required: true }),
  status: readonly(object(status, 'What is.')),
};

/** Of a pod that may do without containers: what `pod create` makes, and no manifest. */
export const barePodFields: Fields = {
  ...podFields,
  spec: object({ ...spec, containers: list(containers, { required: true, maxItems }) }, 'What is wanted.', {
    required: true,
  }),
};
