import { type Fields, integer, later, list, object, portOrName, string, values } from './field.js';

const exec = object(
  { command: list(string('The program and its arguments; no shell is involved.')) },
  'Run a program in the container; exit code 0 is success.',
);

const httpHeader: Fields = {
  name: string('The name of the header.', { required: true }),
  value: string('The value of the header.'),
};

const httpGet = object(
  {
    host: string("The host to ask; absent is the pod's own address."),
    httpHeaders: list(object(httpHeader, 'Headers to send.')),
    path: string('The path to ask for.', { default: '/' }),
    port: portOrName('The port, or the name of one of the container.', { required: true }),
    scheme: string('http or https; certificates are not verified.', {
      default: 'HTTP',
      values: values('HTTP', 'HTTPS'),
    }),
  },
  'Make an HTTP request; a status from 200 to 399 is success.',
);

const tcpSocket = object(
  {
    host: string("The host to connect to; absent is the pod's own address."),
    port: portOrName('The port, or the name of one of the container.', { required: true }),
  },
  'Open a TCP connection; that it opens is success.',
);

const grpc = object(
  {
    port: integer('The port.', { required: true, minimum: 1, maximum: 65_535 }),
    service: string('The service to ask about.', { default: '' }),
  },
  'Ask the gRPC health service; SERVING is success.',
);

const probe: Fields = {
  exec,
  httpGet,
  tcpSocket,
  grpc,
  initialDelaySeconds: integer('Seconds after the start before the first try.', { minimum: 0 }),
  periodSeconds: integer('Seconds from one try to the next.', { default: 10, minimum: 1 }),
  timeoutSeconds: integer('Seconds a try may take.', { default: 1, minimum: 1 }),
  successThreshold: integer('Successes in a row that count as one.', { default: 1, minimum: 1 }),
  failureThreshold: integer('Failures in a row that count as one.', { default: 3, minimum: 1 }),
  terminationGracePeriodSeconds: integer('Seconds to stop in after this probe failed.', { minimum: 1 }),
};

const chooseAction = { choose: { of: ['exec', 'httpGet', 'tcpSocket', 'grpc'], required: true } };

export const probes: Fields = {
  livenessProbe: later(object(probe, 'Restart the container when this fails.', chooseAction)),
  readinessProbe: later(object(probe, 'The container is ready while this succeeds.', chooseAction)),
  startupProbe: later(object(probe, 'The container has started when this succeeds.', chooseAction)),
};

const sleep = object(
  { seconds: integer('Seconds to wait.', { required: true, minimum: 0 }) },
  'Wait, so that those who still send requests learn of the end.',
);

const handler: Fields = { exec, httpGet, tcpSocket, sleep };

const chooseHandler = { choose: { of: ['exec', 'httpGet', 'tcpSocket', 'sleep'], required: true } };

export const lifecycle: Fields = {
  postStart: later(
    object(handler, 'Done right after each start; a failure ends the container.', chooseHandler),
  ),
  preStop: later(object(handler, 'Done before the container is told to stop.', chooseHandler)),
  stopSignal: string("The signal that asks the first process to end; absent is the image's, or SIGTERM.", {
    format: 'signal',
  }),
};
