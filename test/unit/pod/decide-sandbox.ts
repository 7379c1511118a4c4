import t from 'tap';
import { decide } from '../../../src/pod/decide.js';
import { exited, makeContainer, makePod, makeSidecar, observe, start } from './fixtures/make-pod.js';
import { World } from './fixtures/world.js';

const nothing = { abortPulls: [], killContainers: [], startContainers: [], events: [] };

t.test('a new pod gets a sandbox first, then its containers in the order of the spec', async (t) => {
  const pod = makePod({ containers: [makeContainer('b'), makeContainer('a')] });
  t.strictSame(decide(pod, { containers: {} }, start), { ...nothing, createSandbox: { attempt: 0 } });
  const world = new World(pod);
  t.strictSame(
    world.starts.map(({ name }) => name),
    ['b', 'a'],
  );
});

t.test(
  'when pause dies all is stopped, the sandbox is made anew and init containers run again',
  async (t) => {
    const world = new World(makePod({ initContainers: [makeContainer('setup')] }));
    world.exit('setup', { kind: 'exited', status: 0 });
    world.killPause();
    t.equal(world.observed.sandbox?.attempt, 1);
    t.match(world.kills, [{ name: 'app', reason: 'SandboxChanged', gracePeriodSeconds: 30 }]);
    t.strictSame(world.living(), ['setup']);
    world.exit('setup', { kind: 'exited', status: 0 });
    t.ok(world.isAlive('app'), 'what we stopped did not crash, so it does not wait');
  },
);

t.test('a dead sandbox is left only when the last container in it has ended', async (t) => {
  const pod = makePod();
  const dead = { attempt: 3, createdAt: start, alive: false, ips: [] };
  const stop = { reason: 'SandboxChanged', message: '', at: start, gracePeriodSeconds: 30 };
  const waiting = decide(pod, observe(pod, { app: { stop, sandboxAttempt: 3 } }, { sandbox: dead }), start);
  t.strictSame(waiting, { ...nothing, wakeAt: start + 30_000 });
  const ended = { ...exited(0), stop, sandboxAttempt: 3 };
  t.match(decide(pod, observe(pod, { app: ended }, { sandbox: dead }), start + 1000), {
    removeSandbox: 'SandboxChanged',
    createSandbox: { attempt: 4 },
    events: [{ reason: 'SandboxChanged', message: 'Pod sandbox changed, it will be killed and re-created.' }],
  });
});

t.test(
  'the sandbox of a pod that is never restarted is not made anew once something ran in it',
  async (t) => {
    const world = new World(makePod({ restartPolicy: 'Never' }));
    world.killPause();
    t.equal(world.observed.sandbox, undefined);
    t.strictSame(world.starts.length, 1);
  },
);

t.test('after a reboot attempts count on from the runs', async (t) => {
  const pod = makePod();
  const { containers } = observe(pod, { app: { ...exited(1), sandboxAttempt: 4 } });
  t.strictSame(decide(pod, { containers }, start + 1000).createSandbox, { attempt: 5 });
});

t.test('a sandbox that could not be made is tried again after 10 s', async (t) => {
  const sandboxProblem = { reason: 'FailedCreatePodSandBox', message: 'no', at: start, failures: 1 };
  const observed = { containers: {}, sandboxProblem };
  t.strictSame(decide(makePod(), observed, start + 9999), { ...nothing, wakeAt: start + 10_000 });
  t.strictSame(decide(makePod(), observed, start + 10_000).createSandbox, { attempt: 0 });
});

t.test('when all containers are done, sidecars and sandbox are taken down', async (t) => {
  const world = new World(makePod({ restartPolicy: 'OnFailure', initContainers: [makeSidecar('log')] }));
  world.exit('app', { kind: 'exited', status: 0 });
  t.strictSame(world.living(), []);
  t.equal(world.observed.sandbox, undefined);
  t.equal(world.wakeAt, undefined);
});

t.test('a new sandbox does not wait for what an init container did in the one before', async (t) => {
  const world = new World(makePod({ initContainers: [makeContainer('setup')] }));
  world.exit('setup', { kind: 'exited', status: 1 });
  world.exit('setup', { kind: 'exited', status: 1 });
  t.notOk(world.isAlive('setup'), 'it backs off');
  world.killPause();
  t.ok(world.isAlive('setup'));
});

t.test('a pod that is never restarted and lost its sandbox between two containers is over', async (t) => {
  const pod = makePod({ restartPolicy: 'Never', initContainers: [makeContainer('setup')] });
  const sandbox = { attempt: 0, createdAt: start, alive: false, ips: [] };
  const actions = decide(pod, observe(pod, { setup: exited(0) }, { sandbox }), start);
  t.strictSame(actions, { ...nothing, removeSandbox: 'SandboxChanged' });
  const { sandbox: _, ...gone } = observe(pod, { setup: exited(0) });
  t.strictSame(decide(pod, gone, start), nothing);
});
