import fc from 'fast-check';
import type { PodStatus } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import type { ContainerRun, PodObservation } from '../../../src/pod/observed.js';
import { backOffKey } from '../../../src/pod/spec-hash.js';
import { buildStatus } from '../../../src/pod/status.js';
import { exited, makeContainer, makePod, makeSidecar, observe, start } from './fixtures/make-pod.js';

const now = start + 60_000;
const startedAt = '2001-09-09T01:46:40Z';
const finishedAt = '2001-09-09T01:46:41Z';

t.test('a running pod', async (t) => {
  const pod = makePod();
  const status = buildStatus(pod, observe(pod, { app: { imageId: 'sha256:1' } }), {
    now: start,
    hostIPs: ['192.0.2.1', '2001:db8::1'],
  });
  t.strictSame(status, {
    phase: 'Running',
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
      (type) => ({ type, status: 'True', lastTransitionTime: startedAt }),
    ),
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
    podIP: '10.0.0.7',
    podIPs: [{ ip: '10.0.0.7' }],
    startTime: startedAt,
    containerStatuses: [
      {
        name: 'app',
        state: { running: { startedAt } },
        lastState: {},
        ready: true,
        started: true,
        restartCount: 0,
        image: 'nginx',
        imageID: 'sha256:1',
        containerID: 'peapod://u1/app/0',
      },
    ],
    qosClass: 'BestEffort',
  });
});

function stateOf(run: Partial<ContainerRun> | undefined, restartPolicy = 'Never') {
  const pod = makePod({ restartPolicy, containers: [makeContainer('app'), makeContainer('other')] });
  const { containerStatuses } = buildStatus(pod, observe(pod, { ...(run && { app: run }), other: {} }), {
    now,
  });
  return containerStatuses?.[0];
}

t.test('how a container ended', async (t) => {
  const ended = (run: Partial<ContainerRun>) => stateOf(run)?.state?.terminated;
  const times = { startedAt, finishedAt, containerID: 'peapod://u1/app/0' };
  t.strictSame(ended(exited(0)), { exitCode: 0, reason: 'Completed', ...times });
  t.strictSame(ended(exited(3)), { exitCode: 3, reason: 'Error', ...times });
  t.strictSame(ended(exited(0, { exit: { kind: 'signaled', signal: 9 } })), {
    exitCode: 137,
    reason: 'Error',
    ...times,
  });
  t.match(ended(exited(0, { exit: { kind: 'signaled', signal: 9 }, reason: 'OOMKilled' })), {
    exitCode: 137,
    reason: 'OOMKilled',
  });
  t.match(ended(exited(0, { exit: { kind: 'unknown', reason: 'The host was restarted' } })), {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The host was restarted',
  });
});

t.test('one that could not be started shows StartError and 128', async (t) => {
  const pod = makePod({ restartPolicy: 'Never' });
  const observed = observe(pod, {
    app: { reason: 'StartError', message: 'no such file', finishedAt: start },
  });
  const run = observed.containers.app?.current as { startedAt?: number };
  delete run.startedAt;
  const [status] = buildStatus(pod, observed, { now }).containerStatuses ?? [];
  t.strictSame(status?.state, {
    terminated: {
      exitCode: 128,
      reason: 'StartError',
      message: 'no such file',
      finishedAt: startedAt,
      containerID: 'peapod://u1/app/0',
    },
  });
});

t.test('a container not started yet waits for its creation, or for the init containers', async (t) => {
  t.strictSame(stateOf(undefined)?.state, { waiting: { reason: 'ContainerCreating' } });
  const pod = makePod({ initContainers: [makeContainer('setup')] });
  const status = buildStatus(pod, observe(pod), { now });
  t.strictSame(status.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
  t.strictSame(status.initContainerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
});

t.test(
  'one that crashed waits in CrashLoopBackOff, its end in lastState, and shows its end before and after',
  async (t) => {
    const pod = makePod();
    const facts = observe(pod, { app: exited(1, { attempt: 2 }) });
    const { current } = facts.containers.app ?? {};
    const key = backOffKey(makeContainer('app'));
    const backOff = { delayMs: 20_000, updatedAt: start, key };
    const observed: PodObservation = {
      ...facts,
      containers: { app: { name: 'app', ...(current && { current }), backOff } },
    };
    const at = (moment: number) => buildStatus(pod, observed, { now: moment }).containerStatuses?.[0];
    t.match(at(start + 20_999), {
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: 'back-off 20s restarting failed container=app pod=web_default(u1)',
        },
      },
      lastState: { terminated: { exitCode: 1, containerID: 'peapod://u1/app/2' } },
      restartCount: 2,
      ready: false,
      started: false,
    });
    t.match(at(start + 21_000), { state: { terminated: { exitCode: 1 } }, lastState: {} });
  },
);

t.test('the run before is in lastState', async (t) => {
  const pod = makePod();
  const { containers } = observe(pod, { app: { attempt: 1 } });
  const previous = observe(pod, { app: exited(7) }).containers.app?.current;
  const observed = {
    ...observe(pod),
    containers: { app: { ...containers.app, name: 'app', ...(previous && { previous }) } },
  };
  const [status] = buildStatus(pod, observed, { now }).containerStatuses ?? [];
  t.match(status, {
    restartCount: 1,
    lastState: { terminated: { exitCode: 7, containerID: 'peapod://u1/app/0' } },
  });
});

t.test('a problem with the start is what the container waits for', async (t) => {
  const pod = makePod();
  const waiting = (reason: string, failures: number) => {
    const problem = { reason, message: 'm', at: now, failures };
    const observed = { ...observe(pod), containers: { app: { name: 'app', problem } } };
    return buildStatus(pod, observed, { now }).containerStatuses?.[0]?.state?.waiting;
  };
  t.strictSame(waiting('ErrImageNeverPull', 3), { reason: 'ErrImageNeverPull', message: 'm' });
  t.strictSame(waiting('ErrImagePull', 1), { reason: 'ErrImagePull', message: 'm' });
  t.strictSame(waiting('ErrImagePull', 2), {
    reason: 'ImagePullBackOff',
    message: 'Back-off pulling image "nginx": ErrImagePull: m',
  });
});

t.test('init containers are ready when they succeeded, sidecars while they run', async (t) => {
  const pod = makePod({ initContainers: [makeContainer('setup'), makeSidecar('log')] });
  const { initContainerStatuses } = buildStatus(pod, observe(pod, { setup: exited(0), log: {} }), { now });
  t.match(initContainerStatuses, [
    { name: 'setup', ready: true, started: false },
    { name: 'log', ready: true, started: true },
  ]);
});

t.test('init containers wait to run again in a new sandbox', async (t) => {
  const pod = makePod({ initContainers: [makeContainer('setup')] });
  const sandbox = { attempt: 1, createdAt: now, alive: true, ips: [] };
  const status = buildStatus(pod, observe(pod, { setup: exited(0), app: exited(137) }, { sandbox }), { now });
  t.match(status, {
    phase: 'Pending',
    initContainerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } }, ready: false }],
  });
});

t.test('a pod on the network of the host has the address of the host', async (t) => {
  const pod = makePod({ hostNetwork: true });
  const status = buildStatus(pod, observe(pod, { app: {} }), { now, hostIPs: ['192.0.2.1'] });
  t.match(status, { podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }] });
});

t.test('a status built again from the same facts is the same, whenever nothing is due', async () => {
  const pod = makePod();
  const observed = observe(pod, { app: {} });
  const first = buildStatus(pod, observed, { now: start });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
      const next: PodStatus = buildStatus(pod, observed, { now: start + ms, previous: first });
      return JSON.stringify(next) === JSON.stringify(first);
    }),
  );
});

t.test('nothing waits for a start that will not come', async (t) => {
  const problem = { reason: 'RunContainerError', message: 'm', at: now, failures: 1 };
  const shown = (spec: Parameters<typeof makePod>[0], more: Partial<PodObservation> = {}) => {
    const pod = makePod({ containers: [makeContainer('app'), makeContainer('other')], ...spec });
    const facts = observe(pod, { app: exited(1), other: {} }, more);
    const { app, other } = facts.containers;
    const containers = { ...(app && { app: { ...app, problem } }), ...(other && { other }) };
    const { containerStatuses = [] } = buildStatus(pod, { ...facts, containers }, { now });
    return Object.keys(containerStatuses[0]?.state ?? {});
  };
  t.strictSame(shown({}), ['waiting']);
  t.strictSame(shown({ restartPolicy: 'Never' }), ['terminated']);
  t.strictSame(shown({}, { deletion: { requestedAt: now, gracePeriodSeconds: 30 } }), ['terminated']);
  t.strictSame(shown({ activeDeadlineSeconds: 1 }), ['terminated']);
});

t.test(
  'an init container that succeeded in the end is done, although it had to back off before',
  async (t) => {
    const pod = makePod({ initContainers: [makeContainer('setup')] });
    const facts = observe(pod, { setup: exited(0, { attempt: 2 }) });
    const backOff = { delayMs: 300_000, updatedAt: start, key: backOffKey(makeContainer('setup')) };
    const { setup } = facts.containers;
    const observed = { ...facts, containers: { ...(setup && { setup: { ...setup, backOff } }) } };
    t.match(buildStatus(pod, observed, { now }).initContainerStatuses, [
      { state: { terminated: { exitCode: 0 } } },
    ]);
  },
);
