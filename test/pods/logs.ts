import t from 'tap';
import { Follower } from './fixtures/follow.js';
import { idle, pod, script } from './fixtures/manifest.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

t.test('logs: whole, the last lines, of the run before, and as they come', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    // The first run ends, the second stays: the volume tells them apart.
    const main = script(
      `for i in 1 2 3; do echo $i; done; printf unfinished; test -e /seen/it || { touch /seen/it; exit 1; }; echo second; ${idle}`,
      {
        volumeMounts: [{ name: 'seen', mountPath: '/seen' }],
      },
    );
    const ticker = script('i=0; while true; do i=$((i+1)); echo tick $i; usleep 100000; done', {
      name: 'ticker',
    });
    await peapod.apply(
      pod('web', [main, ticker], { volumes: [{ name: 'seen', emptyDir: {} }] }),
      '--wait=PodScheduled',
    );
    await peapod.waitFor('web', 'jsonpath={.status.containerStatuses[0].restartCount}=1');
    await peapod.waitFor('web', 'condition=Ready');

    t.equal(await peapod.ok('logs', 'web', '-c', 'main', '-p'), '1\n2\n3\nunfinished');
    t.equal(await peapod.ok('logs', 'web', 'main'), '1\n2\n3\nunfinishedsecond');
    t.equal(await peapod.ok('logs', 'web', '-c', 'main', '--tail', '2'), '3\nunfinishedsecond');
    t.equal(await peapod.ok('logs', 'web', '-c', 'main', '--tail', '0'), '');
    t.match(
      await peapod.ok('logs', 'web', '-c', 'main', '--timestamps', '--tail', '1'),
      /^\d{4}-\d\d-\d\dT\S+Z unfinishedsecond$/,
    );
    t.match(await peapod.ok('logs', 'web', '--all-containers', '--prefix'), /^\[pod\/web\/ticker\] tick 1$/m);

    const follower = new Follower(peapod.start(['logs', 'web', '-c', 'ticker', '-f', '--tail', '1']));
    await follower.sees(/(tick \d+\n){3}/);
    await peapod.ok('delete', 'pod', 'web');
    t.equal((await follower.process).exitCode, 0, 'following ends with the container');
    t.match(await peapod.run(['logs', 'web']), { status: 1, stderr: /"web"/ });
  });
});
