import t, { type Test } from 'tap';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { containerStatus } from './fixtures/status.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const volumes = [{ name: 'order', emptyDir: {} }];
const volumeMounts = [{ name: 'order', mountPath: '/order' }];

/** Tells the others that it began and ended. */
function announcing(name: string, ms = 0) {
  return script(`echo begin ${name} >> /order/log; usleep ${ms * 1000}; echo end ${name} >> /order/log`, {
    name,
    volumeMounts,
  });
}

t.test('init containers run one after another, then the containers', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const initContainers = [announcing('first', 200), announcing('second')];
    const main = script(`echo begin main >> /order/log; ${idle}`, { volumeMounts });
    await peapod.apply(pod('ordered', [main], { initContainers, volumes }));
    const order = await peapod.shell('ordered', 'cat /order/log');
    t.same(order.split('\n'), ['begin first', 'end first', 'begin second', 'end second', 'begin main']);
    const found = await peapod.get('ordered');
    for (const name of ['first', 'second']) {
      t.match(containerStatus(found, name), {
        ready: true,
        state: { terminated: { exitCode: 0, reason: 'Completed' } },
      });
    }

    const failing = [script('exit 3', { name: 'bad' })];
    await peapod.apply(
      pod('failed', [script(idle)], { initContainers: failing, restartPolicy: 'Never' }),
      '--wait=PodScheduled',
    );
    await peapod.waitFor('failed', 'jsonpath={.status.phase}=Failed');
    const failed = await peapod.get('failed');
    t.match(containerStatus(failed, 'main').state, { waiting: { reason: 'PodInitializing' } });
    t.equal(containerStatus(failed, 'bad').state?.terminated?.exitCode, 3);
    t.match(await peapod.ok('get', 'pods'), /failed +0\/1 +Init:Error/);
  });
});

t.test('restartPolicy says which ends are followed by a new start', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const once = (code: number) => [script(`exit ${code}`)];
    const rows = [
      ['never-failed', 'Never', 1, 'Failed'],
      ['never-done', 'Never', 0, 'Succeeded'],
      ['on-failure-done', 'OnFailure', 0, 'Succeeded'],
    ] as const;
    for (const [name, restartPolicy, code] of rows)
      await peapod.apply(pod(name, once(code), { restartPolicy }), '--wait=PodScheduled');
    for (const [name, , code, phase] of rows) {
      await peapod.waitFor(name, `jsonpath={.status.phase}=${phase}`);
      const { restartCount, state } = containerStatus(await peapod.get(name), 'main');
      t.same([restartCount, state?.terminated?.exitCode], [0, code], name);
    }
    await restarts(t, peapod, { name: 'on-failure-failed', restartPolicy: 'OnFailure', code: 1 });
    await restarts(t, peapod, { name: 'always-done', restartPolicy: 'Always', code: 0 });
  });
});

interface Restart {
  readonly name: string;
  readonly restartPolicy: string;
  readonly code: number;
}

async function restarts(t: Test, peapod: Peapod, { name, restartPolicy, code }: Restart): Promise<void> {
  await peapod.apply(pod(name, [script(`exit ${code}`)], { restartPolicy }), '--wait=PodScheduled');
  await peapod.waitFor(name, 'jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff');
  const status = containerStatus(await peapod.get(name), 'main');
  t.match(
    status,
    { restartCount: 1, lastState: { terminated: { exitCode: code } } },
    `${name}: at once, then after a while`,
  );
}

t.test('a container that cannot be started says why', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const missing = script('', { name: 'missing', command: ['/no/such/program'] });
    const forbidden = script('', { name: 'forbidden', command: ['/etc/passwd'] });
    await peapod.apply(
      pod('broken', [missing, forbidden], { restartPolicy: 'Never' }),
      '--wait=PodScheduled',
    );
    await peapod.waitFor('broken', 'jsonpath={.status.phase}=Failed');
    const broken = await peapod.get('broken');
    for (const [name, errno] of [
      ['missing', 'ENOENT'],
      ['forbidden', 'EACCES'],
    ] as const) {
      const { state } = containerStatus(broken, name);
      t.match(state?.terminated, { exitCode: 128, reason: 'StartError' }, name);
      t.match(state?.terminated?.message, errno);
    }
    const image = (name: string, reference: string, policy?: string) =>
      script('', { name, image: reference, ...(policy && { imagePullPolicy: policy }) });
    const containers = [
      image('absent', 'no-such-image'),
      image('never', 'no-such-image', 'Never'),
      script(idle, { name: 'fine', image: 'host' }),
    ];
    await peapod.apply(pod('imageless', containers), '--wait=PodScheduled');
    const reason = (index: number) => `jsonpath={.status.containerStatuses[${index}].state.waiting.reason}`;
    await peapod.waitFor('imageless', `${reason(0)}=ErrImagePull`);
    await peapod.waitFor('imageless', `${reason(1)}=ErrImageNeverPull`);
    const text = await peapod.ok('describe', 'pod', 'imageless');
    t.match(text, /Warning +Failed .*no-such-image/);
    t.match(await peapod.ok('get', 'pods'), /imageless +1\/3 +(ErrImagePull|ErrImageNeverPull)/);
  });
});
