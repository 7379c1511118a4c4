import t from 'tap';
import { RememberedTimes } from '../../../../src/image/unpack/remembered-times.js';

t.test('RememberedTimes: directories keep what was said last, others get 0', async (t) => {
  const times = new RememberedTimes();
  times.note({ type: 'file', path: 'a/b/c', mtimeNs: 9n });
  times.note({ type: 'directory', path: 'a', mtimeNs: 5n });
  times.note({ type: 'directory', path: 'd', mtimeNs: 6n });
  times.note({ type: 'symlink', path: 'd', mtimeNs: 7n });
  times.note({ type: 'opaque', path: 'e/f' });
  const set = Object.fromEntries([...times.take()].map(({ path, mtimeNs }) => [path, mtimeNs]));
  t.same(set, { '': 0n, a: 5n, 'a/b': 0n, e: 0n, 'e/f': 0n });
});

t.test('RememberedTimes: says when it has enough', async (t) => {
  const times = new RememberedTimes();
  const name = 'n'.repeat(4000);
  let count = 0;
  while (!times.note({ type: 'directory', path: `${count}${name}`, mtimeNs: 1n })) count++;
  t.ok(count > 1000 && count < 20_000, `${count}`);
  t.equal([...times.take()].length, count + 2);
  t.equal(times.note({ type: 'directory', path: 'later/on', mtimeNs: 1n }), false);
  t.same(
    [...times.take()].map(({ path }) => path),
    ['later/on'],
    'no parents are guessed any more',
  );
});
