import type { ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { podColumns } from '../../../src/pod/column.js';
import { makeContainer, makePod, makeSidecar, start } from './fixtures/make-pod.js';

const two = { containers: [makeContainer('a'), makeContainer('b')] };
const running = { running: { startedAt: '2001-09-09T01:46:40Z' } };
const waiting = (reason: string) => ({ waiting: { reason } });
const terminated = (exitCode: number, more: object = {}) => ({ terminated: { exitCode, ...more } });

function statusOf(
  name: string,
  state: ContainerStatus['state'],
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  const ready = state?.running !== undefined;
  return {
    name,
    image: '',
    imageID: '',
    restartCount: 0,
    ready,
    started: ready,
    ...(state && { state }),
    ...more,
  };
}

function columns(spec: Parameters<typeof makePod>[0], status: PodStatus, metadata: object = {}) {
  const pod = makePod(spec);
  return podColumns({ ...pod, metadata: { ...pod.metadata, ...metadata }, status }, start);
}

t.test('containers: the first with a reason decides the status', async (t) => {
  const cases: readonly [ContainerStatus['state'], ContainerStatus['state'], string, string][] = [
    [running, running, '2/2', 'Running'],
    [running, waiting('CrashLoopBackOff'), '1/2', 'CrashLoopBackOff'],
    [waiting('ErrImagePull'), waiting('CrashLoopBackOff'), '0/2', 'ErrImagePull'],
    [running, terminated(0, { reason: 'Completed' }), '1/2', 'NotReady'],
    [running, terminated(1, { reason: 'Error' }), '1/2', 'Error'],
    [running, terminated(2), '1/2', 'ExitCode:2'],
    [running, terminated(0, { signal: 9 }), '1/2', 'Signal:9'],
    [terminated(0, { reason: 'Completed' }), terminated(0, { reason: 'Completed' }), '0/2', 'Completed'],
  ];
  for (const [a, b, ready, status] of cases) {
    const containerStatuses = [statusOf('a', a), statusOf('b', b)];
    t.match(columns(two, { phase: 'Running', containerStatuses }), { ready, status });
  }
});

t.test('a pod of which one container completed is Running while it is Ready', async (t) => {
  const containerStatuses = [statusOf('a', terminated(0, { reason: 'Completed' })), statusOf('b', running)];
  const conditions = [{ type: 'Ready', status: 'True' }];
  t.match(columns(two, { phase: 'Running', containerStatuses, conditions }), { status: 'Running' });
});

t.test('init containers: how far they are comes first', async (t) => {
  const spec = { initContainers: [makeContainer('i'), makeContainer('j')] };
  const containerStatuses = [statusOf('app', waiting('PodInitializing'))];
  const cases: readonly [ContainerStatus['state'], ContainerStatus['state'], string][] = [
    [waiting('PodInitializing'), waiting('PodInitializing'), 'Init:0/2'],
    [running, waiting('PodInitializing'), 'Init:0/2'],
    [terminated(0, { reason: 'Completed' }), running, 'Init:1/2'],
    [terminated(0, { reason: 'Completed' }), waiting('CrashLoopBackOff'), 'Init:CrashLoopBackOff'],
    [terminated(1, { reason: 'Error' }), waiting('PodInitializing'), 'Init:Error'],
    [terminated(1), waiting('PodInitializing'), 'Init:ExitCode:1'],
    [terminated(0, { signal: 9, exitCode: 137 }), waiting('PodInitializing'), 'Init:Signal:9'],
    [terminated(0), terminated(0), 'PodInitializing'],
  ];
  for (const [i, j, status] of cases) {
    const initContainerStatuses = [statusOf('i', i), statusOf('j', j)];
    t.match(columns(spec, { phase: 'Pending', initContainerStatuses, containerStatuses }), {
      status,
      ready: '0/1',
    });
  }
});

t.test('sidecars count as containers', async (t) => {
  const spec = { initContainers: [makeSidecar('side')] };
  const status = {
    phase: 'Running',
    initContainerStatuses: [statusOf('side', running, { restartCount: 2 })],
    containerStatuses: [statusOf('app', running, { restartCount: 1 })],
  };
  t.match(columns(spec, status), { ready: '2/2', status: 'Running', restarts: '3' });
});

t.test('a sidecar that fails after the pod was initialised does not hide the containers', async (t) => {
  const spec = { initContainers: [makeSidecar('side')] };
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Initialized', status: 'True' }],
    initContainerStatuses: [statusOf('side', waiting('CrashLoopBackOff'))],
    containerStatuses: [statusOf('app', running)],
  };
  t.match(columns(spec, status), { ready: '1/2', status: 'Init:CrashLoopBackOff' });
});

t.test('restarts of plain init containers are told only while they run', async (t) => {
  const spec = { initContainers: [makeContainer('i')] };
  const containerStatuses = [statusOf('app', running, { restartCount: 1 })];
  const of = (state: ContainerStatus['state']) =>
    columns(spec, { initContainerStatuses: [statusOf('i', state, { restartCount: 4 })], containerStatuses })
      .restarts;
  t.strictSame([of(running), of(terminated(0))], ['4', '1']);
});

t.test('the newest restart is told with its age', async (t) => {
  const ended = (finishedAt: string) => ({ restartCount: 2, lastState: terminated(1, { finishedAt }) });
  const containerStatuses = [
    statusOf('a', running, ended('2001-09-09T01:46:20Z')),
    statusOf('b', running, ended('2001-09-09T01:40:00Z')),
  ];
  t.equal(columns(two, { containerStatuses }).restarts, '4 (20s ago)');
});

t.test(
  'a reason of the pod goes before its phase, a deletion before all unless the pod is over',
  async (t) => {
    t.equal(columns({}, { phase: 'Failed', reason: 'DeadlineExceeded' }).status, 'DeadlineExceeded');
    const deletionTimestamp = '2001-09-09T01:46:40Z';
    t.equal(columns({}, { phase: 'Running' }, { deletionTimestamp }).status, 'Terminating');
    t.equal(columns({}, { phase: 'Succeeded' }, { deletionTimestamp }).status, 'Succeeded');
  },
);

t.test('the age counts from the creation', async (t) => {
  t.equal(columns({}, {}, { creationTimestamp: '2001-09-09T01:41:30Z' }).age, '5m10s');
  t.equal(columns({}, {}).age, '<unknown>');
});
