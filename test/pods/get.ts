import t from 'tap';
import { parse } from 'yaml';
import { Follower } from './fixtures/follow.js';
import { idle, pod, script } from './fixtures/manifest.js';
import { isCondition } from './fixtures/status.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

t.test('a pod that was applied is a v1 Pod with its status', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const manifest = pod('web', [script(idle)]);
    t.equal(await peapod.apply(manifest), 'pod/web created');
    t.equal(await peapod.apply(manifest), 'pod/web unchanged');
    const found = await peapod.get('web');
    t.match(found, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', uid: /^[0-9a-f-]{36}$/, creationTimestamp: utc },
      spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 1, containers: [{ name: 'main' }] },
      status: {
        phase: 'Running',
        qosClass: 'BestEffort',
        startTime: utc,
        containerStatuses: [
          {
            name: 'main',
            ready: true,
            started: true,
            restartCount: 0,
            lastState: {},
            state: { running: { startedAt: utc } },
          },
        ],
      },
    });
    for (const type of [
      'PodScheduled',
      'PodReadyToStartContainers',
      'Initialized',
      'ContainersReady',
      'Ready',
    ]) {
      t.ok(isCondition(found, type), type);
    }
    t.same(parse(await peapod.ok('get', 'pod/web', '-o', 'yaml')), found, 'YAML says the same');
    const list = JSON.parse(await peapod.ok('get', 'pods', '-o', 'json'));
    t.match(list, { apiVersion: 'v1', kind: 'List' });
    t.same(list.items, [found]);
    t.equal(await peapod.ok('get', 'pods', '-o', 'name'), 'pod/web');
    t.equal(await peapod.ok('get', 'pod', 'web', '-o', 'jsonpath={.spec.containers[*].name}'), 'main');
    t.match(
      await peapod.ok('get', 'pods'),
      /^NAME +READY +STATUS +RESTARTS +AGE\nweb +1\/1 +Running +0 +\d+s$/,
    );
    t.match(await peapod.run(['get', 'pod', 'wob']), { status: 1, stdout: '', stderr: /"wob"/ });

    const { status, stderr } = await peapod.run(['wait', '--for=delete', 'web', '--timeout=1s']);
    t.same(status, 1);
    t.match(stderr, /Timed out/);
    const waiting = peapod.run(['wait', '--for=delete', 'web', '--timeout=30s']);
    const watching = new Follower(peapod.start(['get', 'pods', '-w']));
    await watching.sees(/web +1\/1 +Running/);
    await peapod.ok('delete', 'pod/web');
    t.match(await waiting, { status: 0 });
    await watching.sees(/web +\d\/1 +Terminating/);
    await watching.interrupt();
    t.equal((await peapod.run(['delete', 'pod/web'])).status, 1, 'there is nothing to delete any more');
  });
});
