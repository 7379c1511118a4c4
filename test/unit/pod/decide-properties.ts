import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { runExitCode } from '../../../src/pod/runs.js';
import { buildStatus } from '../../../src/pod/status.js';
import { makeContainer, makePod, makeSidecar, start } from './fixtures/make-pod.js';
import { type StartFault, World } from './fixtures/world.js';

type Happening =
  | { readonly kind: 'exit'; readonly which: number; readonly code: number }
  | { readonly kind: 'signal'; readonly which: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'pauseDies' }
  | { readonly kind: 'change'; readonly which: number }
  | { readonly kind: 'stubborn'; readonly which: number }
  | { readonly kind: 'fault'; readonly fault: StartFault }
  | { readonly kind: 'pullEnds'; readonly which: number; readonly isGood: boolean }
  | { readonly kind: 'delete'; readonly grace: number };

const which = fc.nat(7);
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 18,
    arbitrary: fc.record({ kind: fc.constant('exit'), which, code: fc.constantFrom(0, 0, 1, 137) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('signal'), which }) },
  {
    weight: 15,
    arbitrary: fc.record({
      kind: fc.constant('advance'),
      ms: fc.constantFrom(1, 900, 10_000, 25_000, 310_000, 700_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pauseDies') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('change'), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('stubborn'), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault'),
      fault: fc.constantFrom('problem', 'startError', 'pull'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pullEnds'), which, isGood: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), grace: fc.constantFrom(0, 1, 5, 30) }) },
) as fc.Arbitrary<Happening>;

const pods: fc.Arbitrary<Pod> = fc
  .record({
    init: fc.array(fc.boolean(), { maxLength: 4 }),
    apps: fc.integer({ min: 1, max: 3 }),
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    deadline: fc.option(fc.constantFrom(20, 1000), { freq: 6 }),
    grace: fc.constantFrom(0, 5, 30),
  })
  .map(({ init, apps, restartPolicy, deadline, grace }) =>
    makePod({
      restartPolicy,
      terminationGracePeriodSeconds: grace,
      ...(deadline !== null && { activeDeadlineSeconds: deadline }),
      initContainers: init.map((sidecar, i) =>
        sidecar ? makeSidecar(`side${i}`) : makeContainer(`init${i}`),
      ),
      containers: Array.from({ length: apps }, (_, i) => makeContainer(`app${i}`)),
    }),
  );

function happen(world: World, event: Happening): void {
  const all = [...(world.pod.spec?.initContainers ?? []), ...(world.pod.spec?.containers ?? [])];
  const name = 'which' in event ? (all[event.which % all.length]?.name ?? '') : '';
  switch (event.kind) {
    case 'exit':
      world.exit(name, { kind: 'exited', status: event.code });
      break;
    case 'signal':
      world.exit(name, { kind: 'signaled', signal: 11 });
      break;
    case 'advance':
      world.advance(event.ms);
      break;
    case 'pauseDies':
      world.killPause();
      break;
    case 'change':
      world.pod = changeCommand(world.pod, name, `${world.now}`);
      world.settle();
      break;
    case 'stubborn':
      world.stubborn.add(name);
      break;
    case 'fault':
      world.faults.push(event.fault);
      break;
    case 'pullEnds':
      world.endPull(name, event.isGood);
      break;
    case 'delete':
      world.delete(event.grace);
      break;
  }
}

function changeCommand(pod: Pod, name: string, arg: string): Pod {
  const change = <T extends { name: string }>(container: T): T =>
    container.name === name ? { ...container, args: [arg] } : container;
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  return {
    ...pod,
    spec: { ...pod.spec, initContainers: initContainers.map(change), containers: containers.map(change) },
  };
}

/** Whatever is alive now was started after all that has to be done before it, in the same sandbox. */
function checkOrder(world: World): void {
  const init = world.pod.spec?.initContainers ?? [];
  const apps = world.pod.spec?.containers ?? [];
  const sandbox = world.observed.sandbox?.attempt;
  if (sandbox === undefined) return;
  const inSandbox = (name: string) => world.run(name)?.sandboxAttempt === sandbox;
  const newest = apps.some(({ name }) => inSandbox(name))
    ? init.length
    : init.findLastIndex(({ name }) => inSandbox(name));
  for (const { name, restartPolicy } of init.slice(0, Math.max(newest, 0))) {
    const run = world.run(name);
    assert.ok(run !== undefined && run.sandboxAttempt === sandbox, `${name} was passed over`);
    if (restartPolicy === undefined) assert.equal(runExitCode(run), 0, `${name} did not succeed`);
    else assert.ok(run.startedAt !== undefined || run.attempt > 0, `${name} was never started`);
  }
}

/** A pod with something to do is either running something or knows when to come back. */
function checkNotStuck(world: World): void {
  const { pod, observed, now } = world;
  if (world.isRemoved) return;
  const { phase } = buildStatus(pod, observed, { now });
  const isWaiting = world.living().length + world.pulling().length > 0 || world.wakeAt !== undefined;
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  if (isOver) assert.equal(observed.sandbox, undefined, 'a pod that is over has a sandbox');
  else assert.ok(isWaiting, `stuck in phase ${phase}`);
  if (isOver) assert.deepEqual(world.pulling(), [], 'a pod that is over is pulling');
  const stopping = world.living().some((name) => (world.run(name)?.stop?.gracePeriodSeconds ?? 0) > 0);
  assert.ok(!stopping || world.wakeAt !== undefined, 'nobody comes back for a stop');
}

/** No restart after a crash is earlier than the back-off stored with the start before allows. */
function checkRestarts(world: World): void {
  for (const { name, current, previous, backOff } of Object.values(world.observed.containers)) {
    if (current === undefined || previous === undefined || backOff === undefined) continue;
    assert.ok([10, 20, 40, 80, 160, 300].includes(backOff.delayMs / 1000), `${name} has an odd delay`);
  }
}

t.test('whatever happens, every rule of decide holds and a deletion ends with nothing left', async () => {
  fc.assert(
    fc.property(pods, fc.array(happenings, { maxLength: 40 }), (pod, events) => {
      const world = new World(pod);
      for (const event of events) {
        if (world.isRemoved) break;
        happen(world, event);
        checkOrder(world);
        checkNotStuck(world);
        checkRestarts(world);
      }
      if (!world.isRemoved) world.delete(30);
      world.advance(100_000);
      assert.ok(world.isRemoved, 'the pod is not removed');
    }),
    { numRuns: 500 },
  );
});

t.test('nothing is decided about a pod at rest', async () => {
  fc.assert(
    fc.property(pods, fc.array(happenings, { maxLength: 20 }), (pod, events) => {
      const world = new World(pod);
      for (const event of events) if (!world.isRemoved) happen(world, event);
      const [starts, kills] = [world.starts.length, world.kills.length];
      if (!world.isRemoved) world.settle();
      assert.deepEqual([world.starts.length, world.kills.length], [starts, kills]);
    }),
    { numRuns: 100 },
  );
});

t.test('a container that crashes for ever is started after exactly the delays of kubelet', async () => {
  const delays = [0, 10, 20, 40, 80, 160, 300, 300, 300];
  const runs = fc.array(fc.integer({ min: 0, max: 599_000 - 300_000 }), { minLength: 9, maxLength: 9 });
  fc.assert(
    fc.property(runs, (lengths) => {
      const world = new World(makePod());
      const waits = lengths.map((length) => {
        world.advance(length);
        world.exit('app', { kind: 'exited', status: 1 });
        const ended = world.now;
        while (!world.isAlive('app')) world.advance((world.wakeAt ?? world.now) - world.now);
        return (world.now - ended) / 1000;
      });
      assert.deepEqual(waits, delays);
    }),
    { numRuns: 100 },
  );
});

t.test('one that runs for more than ten minutes begins at the first delay again', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 600_001, max: 10 ** 9 }),
      (crashes, long) => {
        const world = new World(makePod());
        const crash = () => {
          world.exit('app', { kind: 'exited', status: 1 });
          while (!world.isAlive('app')) world.advance((world.wakeAt ?? world.now) - world.now);
        };
        for (let count = 0; count < crashes; count += 1) crash();
        world.advance(long);
        const before = world.now;
        crash();
        assert.equal(world.now, before, 'the first crash after a long run restarts at once');
        crash();
        assert.equal(world.now, before + 10_000);
      },
    ),
    { numRuns: 50 },
  );
});

t.test('the world begins with the first container of a plain pod', async (t) => {
  const world = new World(makePod());
  t.strictSame(world.starts, [{ name: 'app', attempt: 0, at: start }]);
});
