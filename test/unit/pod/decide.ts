import t from 'tap';
import { decide } from '../../../src/pod/decide.js';
import { exited, makeContainer, makePod, makeRun, observe, start } from './fixtures/make-pod.js';
import { World } from './fixtures/world.js';

const nothing = { abortPulls: [], killContainers: [], startContainers: [], events: [] };

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
