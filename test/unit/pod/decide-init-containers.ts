import t from 'tap';
import { decide } from '../../../src/pod/decide.js';
import { makeContainer, makePod, makeSidecar, observe, start } from './fixtures/make-pod.js';
import { World } from './fixtures/world.js';

const nothing = { abortPulls: [], killContainers: [], startContainers: [], events: [] };

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
