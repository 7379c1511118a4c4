import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { WatchHub } from '../../../../src/pod/watch-hub.js';

function pod(name: string, version = 1): Pod {
  return { metadata: { name, uid: name, resourceVersion: String(version) } };
}

t.test('a watcher gets the pods there are and then every change in order', async (t) => {
  const hub = new WatchHub();
  const watch = hub.watch(() => [pod('a')]);
  t.match((await watch.next()).value, { type: 'ADDED', object: { metadata: { name: 'a' } } });
  for (let version = 2; version < 500; version++)
    hub.publish({ type: 'MODIFIED', object: pod('a', version) });
  for (let version = 2; version < 500; version++) {
    const { value } = await watch.next();
    if (value?.object.metadata?.resourceVersion !== String(version)) t.fail(`version ${version}`);
  }
  hub.close();
  t.equal((await watch.next()).done, true);
});

t.test('a watcher of one name sees no other', async (t) => {
  const hub = new WatchHub();
  const watch = hub.watch(() => [pod('a'), pod('b')], { name: 'b' });
  t.match((await watch.next()).value, { object: { metadata: { name: 'b' } } });
  hub.publish({ type: 'MODIFIED', object: pod('a', 2) });
  hub.publish({ type: 'DELETED', object: pod('b', 2) });
  t.match((await watch.next()).value, { type: 'DELETED', object: { metadata: { name: 'b' } } });
  await watch.return(undefined);
});

t.test('a watcher that is far behind gets the newest state of a pod, never less', async (t) => {
  const hub = new WatchHub();
  const watch = hub.watch(() => [pod('a')]);
  await watch.next();
  for (let version = 2; version <= 5000; version++)
    hub.publish({ type: 'MODIFIED', object: pod('a', version) });
  let versions: number[] = [];
  do versions = [...versions, Number((await watch.next()).value?.object.metadata?.resourceVersion)];
  while (versions.at(-1) !== 5000);
  t.ok(versions.length <= 1001, `${versions.length} events`);
  t.same(
    versions,
    [...versions].sort((one, two) => one - two),
  );
  await watch.return(undefined);
});

t.test('a watcher that missed pods is told so, and one that is gone holds up nobody', async (t) => {
  const hub = new WatchHub();
  const slow = hub.watch(() => [pod('a')]);
  await slow.next();
  const gone = hub.watch(() => [pod('a')]);
  await gone.next();
  await gone.return(undefined);
  for (let index = 0; index < 2000; index++) hub.publish({ type: 'ADDED', object: pod(`p${index}`) });
  await t.rejects(slow.next(), { code: 'PEAPOD_WATCH_LAGGED' });
});

t.test('a watch ends when its signal aborts, before or while it waits', async (t) => {
  const hub = new WatchHub();
  const controller = new AbortController();
  const watch = hub.watch(() => [], { signal: controller.signal });
  const waiting = watch.next();
  controller.abort();
  t.equal((await waiting).done, true);
  const late = hub.watch(() => [pod('a')], { signal: controller.signal });
  t.equal((await late.next()).done, true);
});
