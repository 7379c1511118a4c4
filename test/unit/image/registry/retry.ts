import t from 'tap';
import { parseContentRange } from '../../../../src/image/registry/content-range.js';
import { Failure } from '../../../../src/image/registry/failure.js';
import { backOffMs, retry } from '../../../../src/image/registry/retry.js';
import { readRetryAfter } from '../../../../src/image/registry/retry-after.js';

const passing = new Failure('unavailable', 'x', { isTransient: true });

t.test('backOffMs: doubles up to half a minute, half of it by chance', async (t) => {
  t.same(
    [1, 2, 3, 6, 60].map((attempt) => backOffMs(attempt, passing, 1)),
    [1000, 2000, 4000, 30_000, 30_000],
  );
  t.equal(backOffMs(3, passing, 0), 2000);
  const asked = new Failure('unavailable', 'x', { isTransient: true, retryAfterMs: 20_000 });
  t.equal(backOffMs(1, asked, 1), 20_000);
});

t.test('retry: only what passes is tried again, and not for ever', async (t) => {
  let count = 0;
  const timing = { now: () => 0, random: () => 1, sleep: async () => {} };
  const failing = (failure: Error) => () => {
    count += 1;
    return Promise.reject(failure);
  };
  await t.rejects(retry(failing(passing), 4, { timing, signal: undefined }), passing);
  t.equal(count, 4);
  const final = new Failure('invalid', 'y');
  await t.rejects(retry(failing(final), 4, { timing, signal: undefined }), final);
  t.equal(count, 5);
});

t.test('readRetryAfter: seconds or a date, but never long', async (t) => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  t.equal(readRetryAfter('7', now), 7000);
  t.equal(readRetryAfter('Thu, 01 Jan 2026 00:00:09 GMT', now), 9000);
  t.equal(readRetryAfter('Thu, 01 Jan 2025 00:00:09 GMT', now), 0);
  t.equal(readRetryAfter('999999', now), 60_000);
  for (const text of [undefined, '', 'soon', '1e99x']) t.equal(readRetryAfter(text, now), undefined);
});

t.test('parseContentRange: a range that can be, or none', async (t) => {
  t.same(parseContentRange('bytes 5-9/10'), { first: 5, last: 9, total: 10 });
  t.same(parseContentRange('bytes 0-0/*'), { first: 0, last: 0, total: undefined });
  for (const text of [
    undefined,
    '',
    'bytes */10',
    'bytes 9-5/10',
    'bytes 5-10/10',
    'items 0-1/2',
    'bytes -1-5/9',
  ]) {
    t.equal(parseContentRange(text), undefined, String(text));
  }
});
