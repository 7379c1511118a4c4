import { environment } from './env.js';
import {
  boolean,
  essentialLater,
  type Fields,
  integer,
  later,
  list,
  object,
  string,
  values,
} from './field.js';
import { lifecycle, probes } from './probe.js';
import { resizePolicy, resources } from './resources.js';
import { containerSecurityContext } from './security.js';

const port: Fields = {
  containerPort: integer('The port a process listens on; information, unless hostPort is set.', {
    required: true,
    minimum: 1,
    maximum: 65_535,
  }),
  name: string('A name for the port, unique in the container.', { format: 'portName' }),
  protocol: string('The protocol of the port.', { default: 'TCP', values: values('TCP', 'UDP', 'SCTP') }),
  hostPort: integer('The port of the host that leads to it; with hostNetwork it equals containerPort.', {
    minimum: 1,
    maximum: 65_535,
  }),
  hostIP: string('The address of the host that hostPort is published on; absent is every one.', {
    format: 'hostIp',
  }),
};

const volumeMount: Fields = {
  name: string('The volume of spec.volumes.', { required: true }),
  mountPath: string('Where in the container: an absolute path without a colon.', {
    required: true,
    format: 'mountPath',
  }),
  readOnly: boolean('Nothing can be written through this mount.'),
  subPath: string('A path in the volume to mount instead of the whole.', { format: 'subPath' }),
  subPathExpr: essentialLater(string('A subPath with $(NAME) for variables of the container.')),
  mountPropagation: string('Whether mounts made later on one side appear on the other.', {
    values: { None: 'supported', HostToContainer: 'later', Bidirectional: 'later' },
  }),
  recursiveReadOnly: string('Whether readOnly holds for mounts beneath it as well.', {
    values: { Disabled: 'supported', IfPossible: 'later', Enabled: 'later' },
  }),
};

const volumeDevice: Fields = {
  name: string('The volume of spec.volumes.', { required: true }),
  devicePath: string('The path of the block device in the container.', { required: true }),
};

const exitCodes: Fields = {
  operator: string('Whether the exit code must be in values.', {
    required: true,
    values: values('In', 'NotIn'),
  }),
  values: list(integer('Exit codes.', { minimum: 0, maximum: 255 })),
};

const restartRule: Fields = {
  action: string('What to do when the rule fits.', {
    required: true,
    values: values('Restart', 'RestartAllContainers'),
  }),
  exitCodes: object(exitCodes, 'The exit codes the rule fits.'),
};

const container: Fields = {
  name: string('Names the container; unique in the pod.', { required: true, format: 'label' }),
  image: string("The image, or host for the host's own file system.", { required: true, format: 'image' }),
  imagePullPolicy: string(
    'When the image is fetched; an image in the local store serves a pod that says nothing.',
    {
      values: values('Always', 'IfNotPresent', 'Never'),
    },
  ),
  command: list(string("The program and its first arguments, instead of the image's entry point.")),
  args: list(string("Arguments, instead of the image's.")),
  workingDir: string("The directory to start in; absent is the image's, or /."),
  ...environment,
  ports: list(object(port, 'Ports the container listens on.')),
  volumeMounts: list(object(volumeMount, 'Volumes to mount.')),
  volumeDevices: essentialLater(list(object(volumeDevice, 'Block devices to offer.'))),
  stdin: boolean('Keep the standard input open for attach.'),
  stdinOnce: boolean('Close the standard input when the first attach ends.'),
  tty: boolean('Give the container a terminal; it needs stdin to be typed into.'),
  terminationMessagePath: string('The file whose text becomes the message of a terminated container.', {
    default: '/dev/termination-log',
    format: 'absolutePath',
  }),
  terminationMessagePolicy: string('Whether the end of the log serves when that file is empty.', {
    default: 'File',
    values: values('File', 'FallbackToLogsOnError'),
  }),
  securityContext: object(containerSecurityContext, 'Users, privileges and filters; beats that of the pod.'),
  lifecycle: object(lifecycle, 'What happens at the start and the end.'),
  ...probes,
  resources: later(object(resources, 'Processor time and memory.')),
  resizePolicy: later(resizePolicy),
  restartPolicyRules: later(list(object(restartRule, 'Rules for single exit codes.'), { maxItems: 20 })),
};

export const appContainer: Fields = {
  ...container,
  restartPolicy: later(
    string('Beats spec.restartPolicy.', { values: values('Always', 'OnFailure', 'Never') }),
  ),
};

export const initContainer: Fields = {
  ...container,
  restartPolicy: string(
    'Always makes it a sidecar: it goes on running beside the containers and ends after them.',
    { values: { Always: 'supported', OnFailure: 'later', Never: 'later' } },
  ),
};

export const ephemeralContainer: Fields = {
  ...appContainer,
  targetContainerName: string('The container whose processes it sees.'),
};
