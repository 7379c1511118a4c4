import t from 'tap';
import type { ContainerRun, PodObservation } from '../../../src/pod/observed.js';
import { buildStatus } from '../../../src/pod/status.js';
import { exited, makeContainer, makePod, makeSidecar, observe, start } from './fixtures/make-pod.js';

type Runs = Readonly<Record<string, Partial<ContainerRun>>>;

const two = [makeContainer('a'), makeContainer('b')];
const running = {};
const succeeded = exited(0);
const failed = exited(1);
const now = start + 60_000;

function phaseOf(spec: Parameters<typeof makePod>[0], runs: Runs, more: Partial<PodObservation> = {}) {
  const pod = makePod(spec);
  return buildStatus(pod, observe(pod, runs, more), { now }).phase;
}

t.test('the phase of a pod with two containers, by restart policy', async (t) => {
  const cases: readonly [Runs, string, string, string][] = [
    //                                    Always     OnFailure    Never
    [{}, 'Pending', 'Pending', 'Pending'],
    [{ a: running }, 'Pending', 'Pending', 'Pending'],
    [{ a: succeeded }, 'Pending', 'Pending', 'Pending'],
    [{ a: running, b: running }, 'Running', 'Running', 'Running'],
    [{ a: running, b: succeeded }, 'Running', 'Running', 'Running'],
    [{ a: running, b: failed }, 'Running', 'Running', 'Running'],
    [{ a: succeeded, b: succeeded }, 'Running', 'Succeeded', 'Succeeded'],
    [{ a: failed, b: failed }, 'Running', 'Running', 'Failed'],
    [{ a: succeeded, b: failed }, 'Running', 'Running', 'Failed'],
  ];
  for (const [runs, ...phases] of cases) {
    const actual = ['Always', 'OnFailure', 'Never'].map((restartPolicy) =>
      phaseOf({ containers: two, restartPolicy }, runs),
    );
    t.strictSame(actual, phases, Object.keys(runs).join());
  }
});

t.test('the phase of a pod with an init container', async (t) => {
  const cases: readonly [Runs, string, string][] = [
    //                                   Always     Never
    [{}, 'Pending', 'Pending'],
    [{ init: running }, 'Pending', 'Pending'],
    [{ init: failed }, 'Pending', 'Failed'],
    [{ init: succeeded }, 'Pending', 'Pending'],
    [{ init: succeeded, app: running }, 'Running', 'Running'],
    [{ init: succeeded, app: failed }, 'Running', 'Failed'],
  ];
  for (const [runs, ...phases] of cases) {
    const initContainers = [makeContainer('init')];
    const actual = ['Always', 'Never'].map((restartPolicy) =>
      phaseOf({ initContainers, restartPolicy }, runs),
    );
    t.strictSame(actual, phases, Object.keys(runs).join());
  }
});

t.test('the phase of a pod with a sidecar', async (t) => {
  const spec = { initContainers: [makeSidecar('side')], restartPolicy: 'Never' };
  t.equal(phaseOf(spec, { side: running }), 'Pending');
  t.equal(phaseOf(spec, { side: failed }), 'Pending');
  t.equal(phaseOf(spec, { side: running, app: running }), 'Running');
  t.equal(phaseOf(spec, { side: failed, app: running }), 'Running');
  t.equal(phaseOf(spec, { side: running, app: succeeded }), 'Running', 'not over before the sidecar ended');
  t.equal(phaseOf(spec, { side: failed, app: succeeded }), 'Succeeded', 'how a sidecar ends does not matter');
});

t.test('a deleted pod ends by the exit codes, whatever its restart policy', async (t) => {
  const deletion = { requestedAt: start, gracePeriodSeconds: 30 };
  t.equal(phaseOf({}, { app: running }, { deletion }), 'Running');
  t.equal(phaseOf({}, { app: succeeded }, { deletion }), 'Succeeded');
  t.equal(phaseOf({}, { app: failed }, { deletion }), 'Failed');
  t.equal(phaseOf({}, {}, { deletion }), 'Pending');
});

t.test('a pod cut short by its deadline failed, even if its container then exits with 0', async (t) => {
  const pod = makePod({ activeDeadlineSeconds: 30, restartPolicy: 'Never' });
  const stop = { reason: 'DeadlineExceeded', message: '', at: start, gracePeriodSeconds: 30 };
  t.equal(buildStatus(pod, observe(pod, { app: { stop } }), { now }).phase, 'Running', 'told when it ended');
  t.match(buildStatus(pod, observe(pod, { app: { ...succeeded, stop } }), { now }), {
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
  t.equal(
    buildStatus(pod, observe(pod, { app: succeeded }), { now }).phase,
    'Succeeded',
    'it was done before',
  );
});

t.test('a pod never restarted that lost its sandbox failed', async (t) => {
  const spec = { restartPolicy: 'Never', initContainers: [makeContainer('init')] };
  const sandbox = { attempt: 0, createdAt: start, alive: false, ips: [] };
  t.equal(phaseOf(spec, { init: succeeded }, { sandbox }), 'Failed');
  t.equal(phaseOf(spec, { init: succeeded, app: succeeded }, { sandbox }), 'Succeeded');
});

t.test('Succeeded and Failed are final', async (t) => {
  const pod = makePod();
  const previous = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' };
  t.match(buildStatus(pod, observe(pod, { app: running }), { now, previous }), previous);
});

t.test('a sidecar that is being started again does not make a running pod pending', async (t) => {
  const pod = makePod({ initContainers: [makeSidecar('side')] });
  const facts = observe(pod, { side: exited(1), app: running });
  const previous = facts.containers.side?.current;
  const { app } = facts.containers;
  const begun = { attempt: 1, sandboxAttempt: 0, createdAt: now, specHash: '' };
  const side = { name: 'side', current: begun, ...(previous && { previous }) };
  const observed = { ...facts, containers: { side, ...(app && { app }) } };
  t.equal(buildStatus(pod, observed, { now }).phase, 'Running');
});
