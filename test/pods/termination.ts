import t from 'tap';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

t.test('a pod has its grace period to end in, and no longer', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const deaf = 'trap "" TERM; while true; do sleep 1000; done';
    await peapod.apply(pod('polite', [script(idle)], { terminationGracePeriodSeconds: 60 }));
    await peapod.apply(pod('deaf', [script(deaf)], { terminationGracePeriodSeconds: 3 }));
    await peapod.apply(pod('hurried', [script(deaf)], { terminationGracePeriodSeconds: 60 }));
    t.ok((await deleteTime(peapod, 'polite')) < 30_000, 'SIGTERM suffices');
    const deafMs = await deleteTime(peapod, 'deaf');
    t.ok(deafMs >= 2900 && deafMs < 15_000, `killed after its three seconds (${deafMs} ms)`);
    t.ok(
      (await deleteTime(peapod, 'hurried', '--grace-period', '1')) < 30_000,
      'of a grace period given it is that one',
    );
  });
});

t.test('all processes of a container end with it', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.apply(
      pod(
        'web',
        [script('setsid sh -c \'trap "" TERM; sleep 999\' & sleep 0.2'), script(idle, { name: 'other' })],
        {
          shareProcessNamespace: true,
          restartPolicy: 'Never',
        },
      ),
      '--wait=PodScheduled',
    );
    await peapod.ok(
      'wait',
      '--for=jsonpath={.status.containerStatuses[0].state.terminated.exitCode}=0',
      'web',
    );
    t.notMatch(await peapod.shell('web/other', 'ps'), 'sleep 999');
  });
});

async function deleteTime(peapod: Peapod, name: string, ...options: string[]): Promise<number> {
  const begun = Date.now();
  await peapod.ok('delete', 'pod', name, ...options);
  return Date.now() - begun;
}
