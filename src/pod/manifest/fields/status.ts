import {
  boolean,
  cluster,
  type Fields,
  integer,
  list,
  map,
  object,
  quantity,
  string,
  time,
  values,
} from './field.js';
import { resources } from './resources.js';

/** What peapod reports; a manifest that has it is taken without it. */

const condition: Fields = {
  type: string('PodScheduled, PodReadyToStartContainers, Initialized, ContainersReady, Ready and others.'),
  status: string('True, False or Unknown.', { values: values('True', 'False', 'Unknown') }),
  reason: string('Why, in one word.'),
  message: string('Why, in words.'),
  lastTransitionTime: time('When status changed last.'),
  lastProbeTime: time('When it was looked at last.'),
  observedGeneration: integer('The generation it is about.'),
};

const terminated: Fields = {
  exitCode: integer('The exit code; 128 and the number of the signal for one that was killed.'),
  signal: integer('The signal that ended it.'),
  reason: string('Completed, Error, OOMKilled, StartError and others.'),
  message: string('The termination message.'),
  startedAt: time('When it started.'),
  finishedAt: time('When it ended.'),
  containerID: string('Which container it was.'),
};

const containerState: Fields = {
  waiting: object(
    { reason: string('Why it waits, in one word.'), message: string('Why it waits.') },
    'It is not running yet, or not again.',
  ),
  running: object({ startedAt: time('When it started.') }, 'It runs.'),
  terminated: object(terminated, 'It has ended.'),
};

const linuxUser: Fields = {
  uid: integer('The user id.'),
  gid: integer('The group id.'),
  supplementalGroups: list(integer('The other group ids.')),
};

const volumeMountStatus: Fields = {
  name: string('The volume.'),
  mountPath: string('Where it is mounted.'),
  readOnly: boolean('Nothing can be written through it.'),
  recursiveReadOnly: string('Whether that holds for mounts beneath it.'),
  volumeStatus: object(
    { image: object({ imageRef: string('The digest.') }, 'Of an image volume.') },
    'Facts about the volume.',
  ),
};

const deviceHealth: Fields = {
  resourceID: string('The device.'),
  health: string('Healthy, Unhealthy or Unknown.'),
  message: string('Why.'),
};

const deviceStatus: Fields = {
  name: string('The resource.'),
  resources: list(object(deviceHealth, 'Its devices.')),
};

const containerStatus: Fields = {
  name: string('The container.'),
  state: object(containerState, 'What it does.'),
  lastState: object(containerState, 'How the run before this one ended.'),
  ready: boolean('It can serve.'),
  started: boolean('It has started.'),
  restartCount: integer('How often it was started again.'),
  image: string('The image it runs.'),
  imageID: string('The digest of that image.'),
  containerID: string('Which container it is.'),
  resources: object(resources, 'The limits in force.'),
  allocatedResources: map(quantity('The requests in force.')),
  allocatedResourcesStatus: cluster(list(object(deviceStatus, 'The health of its devices.'))),
  stopSignal: string('The signal that will ask it to end.'),
  user: object({ linux: object(linuxUser, 'Ids.') }, 'Whom its first process runs as.'),
  volumeMounts: list(object(volumeMountStatus, 'Its volumes.')),
};

const address: Fields = { ip: string('The address.') };

export const status: Fields = {
  phase: string('Pending, Running, Succeeded, Failed or Unknown.'),
  reason: string('Why, in one word, when the pod as a whole failed.'),
  message: string('Why, in words.'),
  conditions: list(object(condition, 'The steps on the way to Ready.')),
  containerStatuses: list(object(containerStatus, 'The containers.')),
  initContainerStatuses: list(object(containerStatus, 'The init containers.')),
  ephemeralContainerStatuses: list(object(containerStatus, 'The ephemeral containers.')),
  hostIP: string('The address of the host.'),
  hostIPs: list(object(address, 'All addresses of the host.')),
  podIP: string('The address of the pod.'),
  podIPs: list(object(address, 'All addresses of the pod.')),
  startTime: time('When peapod took the pod up.'),
  qosClass: string('Guaranteed, Burstable or BestEffort.'),
  observedGeneration: integer('The generation of spec this is about.'),
  allocatedResources: map(quantity('Requests in force for the pod.')),
  resources: object(resources, 'Limits in force for the pod.'),
  extendedResourceClaimStatus: cluster(object({}, 'Devices of a cluster.')),
  nodeAllocatableResourceClaimStatuses: cluster(list(object({}, 'Devices of a cluster.'))),
  nominatedNodeName: cluster(string('A node the scheduler has in mind.')),
  resize: cluster(string('An old way to tell how a resize goes.')),
  resourceClaimStatuses: cluster(list(object({}, 'Devices of a cluster.'))),
};
