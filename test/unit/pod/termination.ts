import t from 'tap';
import { decide } from '../../../src/pod/decide.js';
import { exited, makeContainer, makePod, makeSidecar, observe, start } from './fixtures/make-pod.js';
import { World } from './fixtures/world.js';

const withSidecars = () =>
  makePod({
    initContainers: [makeSidecar('s1'), makeSidecar('s2')],
    containers: [makeContainer('a'), makeContainer('b')],
  });

t.test(
  'a deletion stops containers in parallel, then sidecars in reverse order, then the sandbox, then the pod',
  async (t) => {
    const world = new World(withSidecars());
    for (const name of ['a', 'b', 's1', 's2']) world.stubborn.add(name);
    world.delete(30);
    t.strictSame(
      world.kills.map(({ name, gracePeriodSeconds }) => [name, gracePeriodSeconds]),
      [
        ['a', 30],
        ['b', 30],
      ],
    );
    world.advance(10_000);
    world.exit('a', { kind: 'exited', status: 0 });
    t.equal(world.kills.length, 2, 's2 waits for b as well');
    world.exit('b', { kind: 'exited', status: 0 });
    t.match(world.kills[2], { name: 's2', gracePeriodSeconds: 20 }, 'the time that passed is subtracted');
    world.advance(5000);
    world.exit('s2', { kind: 'exited', status: 0 });
    t.match(world.kills[3], { name: 's1', gracePeriodSeconds: 15 });
    t.notOk(world.isRemoved);
    world.exit('s1', { kind: 'exited', status: 0 });
    t.ok(world.isRemoved);
  },
);

t.test('when the grace is over everything gets SIGKILL, sidecars after 2 s of their own', async (t) => {
  const world = new World(withSidecars());
  for (const name of ['a', 'b', 's1', 's2']) world.stubborn.add(name);
  world.delete(10);
  world.advance(10_000);
  t.strictSame(
    world.kills.slice(2).map(({ name, gracePeriodSeconds }) => [name, gracePeriodSeconds]),
    [
      ['a', 0],
      ['b', 0],
      ['s2', 2],
      ['s1', 2],
    ],
  );
  world.advance(2000);
  t.ok(world.isRemoved);
});

t.test('the grace is never less than 2 s', async (t) => {
  const world = new World(makePod());
  world.stubborn.add('app');
  world.delete(1);
  t.equal(world.kills[0]?.gracePeriodSeconds, 2);
  t.equal(world.wakeAt, start + 1000, 'sidecars would not wait longer than the pod has');
  world.advance(1999);
  t.ok(world.isAlive('app'));
  world.advance(1);
  t.ok(world.isRemoved);
});

t.test('a forced deletion kills all at once, sidecars too', async (t) => {
  const pod = withSidecars();
  const observed = observe(
    pod,
    { a: {}, b: {}, s1: {}, s2: {} },
    { deletion: { requestedAt: start, gracePeriodSeconds: 0 } },
  );
  const { killContainers, wakeAt } = decide(pod, observed, start);
  t.strictSame(
    killContainers.map(({ gracePeriodSeconds }) => gracePeriodSeconds),
    [0, 0, 0, 0],
  );
  t.equal(wakeAt, undefined);
});

t.test('a second deletion may shorten the grace, and does not lengthen it', async (t) => {
  const world = new World(makePod());
  world.stubborn.add('app');
  world.delete(30);
  world.delete(300);
  t.equal(world.kills.length, 1);
  world.delete(5);
  t.match(world.kills[1], { gracePeriodSeconds: 5 });
  world.delete(0);
  t.match(world.kills[2], { gracePeriodSeconds: 0 });
  t.ok(world.isRemoved);
});

t.test('a stop that was recorded goes on after the engine was away', async (t) => {
  const pod = makePod();
  const stop = { reason: 'PodDeleted', message: 'Stopping container app', at: start, gracePeriodSeconds: 30 };
  const deletion = { requestedAt: start, gracePeriodSeconds: 30 };
  const observed = observe(pod, { app: { stop } }, { deletion });
  t.equal(decide(pod, observed, start + 29_999).wakeAt, start + 30_000);
  t.match(decide(pod, observed, start + 3_600_000).killContainers, [{ name: 'app', gracePeriodSeconds: 0 }]);
});

t.test('nobody who was not asked to stop yet loses grace to an engine that was away', async (t) => {
  const pod = makePod();
  const observed = observe(pod, { app: {} }, { deletion: { requestedAt: start, gracePeriodSeconds: 30 } });
  t.equal(decide(pod, observed, start + 3_600_000).killContainers[0]?.gracePeriodSeconds, 30);
});

t.test('a clock set back does not prolong a stop beyond its grace', async (t) => {
  const pod = makePod();
  const stop = { reason: 'PodDeleted', message: '', at: start + 3_600_000, gracePeriodSeconds: 30 };
  const deletion = { requestedAt: start + 3_600_000, gracePeriodSeconds: 30 };
  const { killContainers } = decide(pod, observe(pod, { app: { stop } }, { deletion }), start);
  t.match(killContainers, [{ name: 'app', at: start, gracePeriodSeconds: 30 }]);
});

t.test('each container is told of in one Killing event', async (t) => {
  const pod = makePod();
  const deletion = { requestedAt: start, gracePeriodSeconds: 30 };
  const killing = {
    type: 'Normal',
    reason: 'Killing',
    message: 'Stopping container app',
    field: 'spec.containers{app}',
  };
  t.strictSame(decide(pod, observe(pod, { app: {} }, { deletion }), start).events, [killing]);
});

t.test('a pod that never began is removed at once', async (t) => {
  const deletion = { requestedAt: start, gracePeriodSeconds: 30 };
  t.equal(decide(makePod(), { containers: {}, deletion }, start).removePod, true);
});

t.test('a force comes at once, even in the last second of the grace', async (t) => {
  const world = new World(makePod());
  world.stubborn.add('app');
  world.delete(30);
  world.advance(29_500);
  world.delete(0);
  t.ok(world.isRemoved);
});

t.test('a stop in an earlier sandbox takes no grace from one in this sandbox', async (t) => {
  const pod = makePod({ initContainers: [makeContainer('setup')] });
  const stop = { reason: 'SandboxChanged', message: '', at: start - 3_600_000, gracePeriodSeconds: 30 };
  const sandbox = { attempt: 1, createdAt: start, alive: false, ips: [] };
  const observed = observe(pod, { setup: { sandboxAttempt: 1 }, app: { ...exited(0), stop } }, { sandbox });
  t.match(decide(pod, observed, start).killContainers, [{ name: 'setup', gracePeriodSeconds: 30 }]);
});
