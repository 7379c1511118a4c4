import t from 'tap';
import type { PodEngine } from '../../../../src/pod/pod-engine.js';
import { type Bench, isReady, openBench, podOf, until } from './fixtures/bench.js';

const withNetwork = (name: string, network: string, spec = {}) =>
  podOf(name, spec, { annotations: { 'peapod.dev/network': network } });

/** The network each pod's sandbox was made with. */
async function networkOf(bench: Bench, engine: PodEngine, name: string): Promise<unknown> {
  const uid = (await engine.get(name)).metadata?.uid ?? '';
  return bench.world.sandboxes.get(uid)?.spec.network;
}

async function untilProblem(engine: PodEngine, name: string, message: RegExp): Promise<void> {
  const isTold = async () => (await engine.events(name)).some((event) => message.test(event.message));
  while (!(await isTold())) await new Promise(setImmediate);
}

t.test('a pod may have no network, or one that is a file', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(withNetwork('alone', 'none'));
  await engine.apply(withNetwork('blue', 'ns:/run/netns/blue'));
  await Promise.all(['alone', 'blue'].map((name) => until(engine, name, isReady)));
  t.equal(await networkOf(bench, engine, 'alone'), 'none');
  t.same(await networkOf(bench, engine, 'blue'), { path: '/run/netns/blue' });
});

t.test('a pod that joins another waits until that one runs, and not a moment longer', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(withNetwork('web', 'pod:db'));
  await untilProblem(engine, 'web', /Cannot join the network of pod "db": there is no such pod/);
  await engine.apply(podOf('db'));
  await until(engine, 'web', isReady);
  const owner = { pid: 1, startTime: 1, bootId: '' };
  t.same(await networkOf(bench, engine, 'web'), { path: '/proc/1/ns/net', owner });
});

t.test('a pod that joins a container waits for that container', async (t) => {
  const { engine } = await openBench(t);
  const containers = [
    { name: 'main', image: 'app' },
    { name: 'late', image: 'missing' },
  ];
  await engine.apply(podOf('db', { containers }));
  await engine.apply(withNetwork('first', 'container:db'));
  await until(engine, 'first', isReady);
  await engine.apply(withNetwork('second', 'container:db/late'));
  await untilProblem(engine, 'second', /its container "late" does not run/);
  await engine.images.import({ path: '/', name: 'missing' });
  await until(engine, 'second', isReady);
  t.pass('once it runs, so does the pod');
});

t.test("a pod with the host's network is none to join", async (t) => {
  const { engine } = await openBench(t);
  await engine.apply(podOf('host', { hostNetwork: true }));
  await until(engine, 'host', isReady);
  await engine.apply(withNetwork('web', 'pod:host'));
  await untilProblem(engine, 'web', /Cannot join the network of pod "host": it uses the host's/);
});

t.test('pods that wait for each other wait, and are deleted as any other', async (t) => {
  const { engine } = await openBench(t);
  await engine.apply(withNetwork('one', 'pod:two'));
  await engine.apply(withNetwork('two', 'pod:one'));
  await untilProblem(engine, 'two', /does not run/);
  await Promise.all(['one', 'two'].map((name) => engine.delete(name, { force: true })));
  await Promise.all(['one', 'two'].map((name) => until(engine, name, (pod) => pod === undefined)));
  t.same(await engine.list(), []);
});

t.test('the network of a pod that lives is not changed; other annotations are', async (t) => {
  const { engine } = await openBench(t);
  await engine.apply(podOf('web'));
  await t.rejects(engine.apply(withNetwork('web', 'none')), {
    code: 'PEAPOD_CONFLICT',
    details: { paths: ['metadata.annotations["peapod.dev/network"]'] },
  });
  const annotations = { note: 'x', 'peapod.dev/other': 'y' };
  t.match(await engine.apply(podOf('web', {}, { annotations })), [{ action: 'configured' }]);
});

const unsafe = { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '512' }] } };

t.test('a sysctl that an engine does not allow is refused at once', async (t) => {
  const { engine } = await openBench(t);
  const [problem] = await engine.apply(podOf('web', unsafe)).then(
    () => [],
    (error) => error.details.problems,
  );
  t.match(problem.message, /"net.core.somaxconn" is forbidden \(SysctlForbidden\)/);
  t.same(await engine.list(), []);
});

t.test(
  'a sysctl that a later engine does not allow any more keeps the sandbox from being made',
  async (t) => {
    const { bench, engine } = await openBench(t);
    await engine.close();
    bench.allowedUnsafeSysctls = ['net.core.*'];
    const allowing = await bench.open();
    await allowing.apply(podOf('web', unsafe));
    await until(allowing, 'web', isReady);
    t.same([...bench.world.sandboxes.values()][0]?.spec.sysctls, [
      { name: 'net.core.somaxconn', value: '512' },
    ]);
    await allowing.close();
    bench.world.reboot();
    bench.bootId = 'boot-2';
    bench.allowedUnsafeSysctls = [];
    const strict = await bench.open();
    await untilProblem(strict, 'web', /^forbidden sysctl: "net.core.somaxconn" not allowlisted$/);
    t.ok((await strict.events('web')).some(({ reason }) => reason === 'SysctlForbidden'));
    await strict.close();
  },
);
