import t from 'tap';
import { decide } from '../../../src/pod/decide.js';
import { exited, makeContainer, makePod, makeRun, makeSidecar, observe, start } from './fixtures/make-pod.js';
import { World } from './fixtures/world.js';

const nothing = { killContainers: [], startContainers: [], events: [] };

t.test('a new pod gets a sandbox first, then its containers in the order of the spec', async (t) => {
  const pod = makePod({ containers: [makeContainer('b'), makeContainer('a')] });
  t.strictSame(decide(pod, { containers: {} }, start), { ...nothing, createSandbox: { attempt: 0 } });
  const world = new World(pod);
  t.strictSame(
    world.starts.map(({ name }) => name),
    ['b', 'a'],
  );
});

t.test('init containers run one by one, each after the one before exited with 0', async (t) => {
  const world = new World(makePod({ initContainers: [makeContainer('one'), makeContainer('two')] }));
  t.strictSame(world.living(), ['one']);
  world.exit('one', { kind: 'exited', status: 1 });
  t.equal(world.run('one')?.attempt, 1, 'a failed one is run again');
  world.exit('one', { kind: 'exited', status: 0 });
  t.strictSame(world.living(), ['two']);
  world.exit('two', { kind: 'exited', status: 0 });
  t.strictSame(world.living(), ['app']);
  world.advance(3_600_000);
  t.equal(world.starts.length, 4, 'and never again');
});

t.test('a sidecar does its part by running and comes back for as long as the pod lives', async (t) => {
  const world = new World(makePod({ initContainers: [makeSidecar('log'), makeContainer('setup')] }));
  t.strictSame(world.living(), ['log', 'setup']);
  world.exit('log', { kind: 'exited', status: 0 });
  t.ok(world.isAlive('log'), 'it is started again while an init container runs');
  world.exit('setup', { kind: 'exited', status: 0 });
  t.strictSame(world.living().toSorted(), ['app', 'log']);
  world.exit('log', { kind: 'exited', status: 0 });
  t.notOk(world.isAlive('log'), 'it backs off');
  world.advance(10_000);
  t.ok(world.isAlive('log'));
});

t.test('a sidecar that never ran holds up what comes after it', async (t) => {
  const pod = makePod({ initContainers: [makeSidecar('log')] });
  const problem = { reason: 'CreateContainerError', message: 'no', at: start, failures: 1 };
  const observed = { ...observe(pod), containers: { log: { name: 'log', problem } } };
  t.strictSame(decide(pod, observed, start), { ...nothing, wakeAt: start + 10_000 });
  t.strictSame(decide(pod, observed, start + 10_000).startContainers, [{ name: 'log', attempt: 0 }]);
});

t.test('an init container that fails under restartPolicy Never ends the pod', async (t) => {
  const world = new World(
    makePod({ restartPolicy: 'Never', initContainers: [makeSidecar('log'), makeContainer('setup')] }),
  );
  world.exit('setup', { kind: 'exited', status: 1 });
  t.strictSame(world.living(), []);
  t.equal(world.observed.sandbox, undefined);
  t.notOk(world.run('app'), 'the containers are never started');
  t.equal(world.kills[0]?.reason, 'PodFinished');
});

t.test('restartPolicy says which ended container is started again', async (t) => {
  const cases = [
    { policy: 'Always', status: 0, restarts: true },
    { policy: 'Always', status: 1, restarts: true },
    { policy: 'OnFailure', status: 0, restarts: false },
    { policy: 'OnFailure', status: 1, restarts: true },
    { policy: 'Never', status: 0, restarts: false },
    { policy: 'Never', status: 1, restarts: false },
  ];
  for (const { policy, status, restarts } of cases) {
    const pod = makePod({
      restartPolicy: policy,
      containers: [makeContainer('app'), makeContainer('other')],
    });
    const observed = observe(pod, { app: exited(status), other: {} });
    t.equal(
      decide(pod, observed, start + 1000).startContainers.length === 1,
      restarts,
      `${policy} ${status}`,
    );
  }
});

t.test("a container's own restartPolicy goes before the pod's", async (t) => {
  const pod = makePod({
    restartPolicy: 'Never',
    containers: [makeContainer('app', { restartPolicy: 'OnFailure' }), makeContainer('other')],
  });
  const observed = observe(pod, { app: exited(1), other: {} });
  t.equal(decide(pod, observed, start + 1000).startContainers[0]?.name, 'app');
});

t.test('a container whose end nobody saw counts as failed', async (t) => {
  const pod = makePod({ restartPolicy: 'OnFailure' });
  const lost = { exit: { kind: 'unknown', reason: 'reboot' }, finishedAt: start } as const;
  t.equal(decide(pod, observe(pod, { app: lost }), start).startContainers.length, 1);
});

t.test('a start carries the back-off that the next one has to wait for', async (t) => {
  const pod = makePod();
  const [again] = decide(pod, observe(pod, { app: exited(1) }), start + 5000).startContainers;
  t.match(again, { name: 'app', attempt: 1, backOff: { delayMs: 10_000, updatedAt: start + 5000 } });
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

t.test('a pod whose phase is final is never started again, whatever its facts say', async (t) => {
  const pod = { ...makePod(), status: { phase: 'Failed' } };
  t.strictSame(decide(pod, { containers: {} }, start), nothing);
});

t.test('activeDeadlineSeconds ends a running pod and starts nothing afterwards', async (t) => {
  const world = new World(makePod({ activeDeadlineSeconds: 60 }));
  t.equal(world.wakeAt, start + 60_000);
  world.advance(60_000);
  t.match(world.kills, [{ name: 'app', reason: 'DeadlineExceeded' }]);
  world.advance(3_600_000);
  t.equal(world.starts.length, 1);
  t.equal(world.observed.sandbox, undefined);
});

t.test('a container whose spec changed is stopped and started anew, whatever the policy', async (t) => {
  const world = new World(makePod({ restartPolicy: 'Never' }));
  world.pod = makePod({ restartPolicy: 'Never', containers: [makeContainer('app', { image: 'other' })] });
  world.settle();
  t.match(world.kills, [
    { reason: 'ContainerChanged', message: 'Container app definition changed, will be restarted' },
  ]);
  t.ok(world.isAlive('app'));
  t.equal(world.run('app')?.attempt, 1);
  t.equal(world.observed.containers.app?.backOff, undefined, 'it did not crash');
});

t.test('one that ended by itself before its spec changed stays as it is', async (t) => {
  const pod = makePod({ restartPolicy: 'Never' });
  t.strictSame(
    decide(pod, observe(pod, { app: { ...exited(0), specHash: 'other' } }), start).startContainers,
    [],
  );
});

t.test('nothing is done about a run that is being started', async (t) => {
  const pod = makePod();
  const { startedAt: _, ...begun } = makeRun(makeContainer('app'));
  const observed = { ...observe(pod), containers: { app: { name: 'app', current: begun } } };
  t.strictSame(decide(pod, observed, start), nothing);
});

t.test('a container that crashed is started again although a sidecar is backing off', async (t) => {
  const world = new World(makePod({ initContainers: [makeSidecar('log')] }));
  world.exit('log', { kind: 'exited', status: 1 });
  world.exit('log', { kind: 'exited', status: 1 });
  t.notOk(world.isAlive('log'));
  world.exit('app', { kind: 'exited', status: 1 });
  t.ok(world.isAlive('app'));
});

t.test(
  'an init container of which nothing is known any more does not run beside the containers',
  async (t) => {
    const pod = makePod({ initContainers: [makeContainer('setup'), makeSidecar('log')] });
    const { startContainers } = decide(pod, observe(pod, { app: {} }), start);
    t.strictSame(startContainers, [{ name: 'log', attempt: 0 }], 'a sidecar does');
  },
);

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

t.test('a change taken back while the container is being stopped does not leave it stopping', async (t) => {
  const world = new World(makePod());
  const before = world.pod;
  world.stubborn.add('app');
  world.pod = makePod({ containers: [makeContainer('app', { tty: true })] });
  world.settle();
  world.pod = before;
  world.settle();
  world.advance(30_000);
  t.match(world.kills, [{ gracePeriodSeconds: 30 }, { gracePeriodSeconds: 0, reason: 'ContainerChanged' }]);
  t.equal(world.run('app')?.attempt, 1);
});
