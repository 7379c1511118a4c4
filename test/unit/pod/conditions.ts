import type { PodStatus } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { buildStatus } from '../../../src/pod/status.js';
import { exited, makeContainer, makePod, makeSidecar, observe, start } from './fixtures/make-pod.js';

const now = start + 60_000;

function conditionOf(status: PodStatus, wanted: string) {
  const found = status.conditions?.find(({ type }) => type === wanted);
  if (found === undefined) return undefined;
  const { type: _, lastTransitionTime: __, ...rest } = found;
  return rest;
}

t.test('Initialized names the init containers that are not done', async (t) => {
  const pod = makePod({ initContainers: [makeContainer('a'), makeSidecar('b'), makeContainer('c')] });
  const initialized = (runs: Parameters<typeof observe>[1]) =>
    conditionOf(buildStatus(pod, observe(pod, runs), { now }), 'Initialized');
  const undone = (names: string) => ({
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  });
  t.strictSame(initialized({}), undone('a b c'));
  t.strictSame(initialized({ a: exited(0) }), undone('b c'));
  t.strictSame(initialized({ a: exited(0), b: {} }), undone('c'));
  t.strictSame(initialized({ a: exited(0), b: {}, c: exited(0) }), { status: 'True' });
  t.strictSame(initialized({ a: exited(0), b: exited(1), c: exited(0), app: {} }), { status: 'True' });
});

t.test('ContainersReady and Ready name the containers that are not ready, sidecars too', async (t) => {
  const pod = makePod({
    initContainers: [makeSidecar('side')],
    containers: [makeContainer('a'), makeContainer('b')],
  });
  const status = buildStatus(pod, observe(pod, { side: exited(1), a: {}, b: exited(1) }), { now });
  const expected = {
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [side b]',
  };
  t.strictSame(conditionOf(status, 'ContainersReady'), expected);
  t.strictSame(conditionOf(status, 'Ready'), expected);
});

t.test('a pod that is over is not ready, for a reason that says how it ended', async (t) => {
  const pod = makePod({ restartPolicy: 'Never', initContainers: [makeContainer('init')] });
  const succeeded = buildStatus(pod, observe(pod, { init: exited(0), app: exited(0) }), { now });
  t.strictSame(conditionOf(succeeded, 'Initialized'), { status: 'True', reason: 'PodCompleted' });
  t.strictSame(conditionOf(succeeded, 'Ready'), { status: 'False', reason: 'PodCompleted' });
  t.strictSame(conditionOf(succeeded, 'ContainersReady'), { status: 'False', reason: 'PodCompleted' });
  const failed = buildStatus(pod, observe(pod, { init: exited(0), app: exited(1) }), { now });
  t.strictSame(conditionOf(failed, 'Ready'), { status: 'False', reason: 'PodFailed' });
});

t.test('Ready waits for the readiness gates, which others set', async (t) => {
  const pod = makePod({ readinessGates: [{ conditionType: 'example.org/balanced' }] });
  const observed = observe(pod, { app: {} });
  const ready = (conditions: PodStatus['conditions'] & object) => {
    const status = buildStatus(pod, observed, { now, previous: { conditions } });
    return { ready: conditionOf(status, 'Ready'), gate: conditionOf(status, 'example.org/balanced') };
  };
  const gate = (status: string) => [{ type: 'example.org/balanced', status }];
  t.match(ready([]).ready, {
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "example.org/balanced" does not exist.',
  });
  t.match(ready(gate('False')).ready, {
    message: 'the status of pod readiness gate "example.org/balanced" is not "True", but False',
  });
  t.strictSame(ready(gate('True')), { ready: { status: 'True' }, gate: { status: 'True' } });
});

t.test('lastTransitionTime moves only when the status does', async (t) => {
  const pod = makePod();
  const timeOf = (status: PodStatus) =>
    status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  const first = buildStatus(pod, observe(pod), { now: start });
  const second = buildStatus(pod, observe(pod, { app: exited(1) }), { now: start + 5000, previous: first });
  t.equal(timeOf(second), timeOf(first));
  const third = buildStatus(pod, observe(pod, { app: {} }), { now: start + 9000, previous: second });
  t.equal(timeOf(third), '2001-09-09T01:46:49Z');
});

t.test('PodReadyToStartContainers follows the sandbox', async (t) => {
  const pod = makePod();
  const status = (alive: boolean) => {
    const sandbox = { attempt: 0, createdAt: start, alive, ips: [] };
    return conditionOf(buildStatus(pod, observe(pod, {}, { sandbox }), { now }), 'PodReadyToStartContainers');
  };
  t.strictSame([status(true), status(false)], [{ status: 'True' }, { status: 'False' }]);
});
