import t from 'tap';
import { humanDuration } from '../../../src/pod/human-duration.js';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

t.test('durations are told as kubectl tells them', async (t) => {
  const cases: readonly [number, string][] = [
    [-2, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5, '2m5s'],
    [10 * minute + 5, '10m'],
    [3 * hour - 1, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 20 * minute, '3h20m'],
    [8 * hour + 20 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + 3 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [731 * day, '2y1d'],
    [8 * 365 * day + day, '8y'],
  ];
  for (const [seconds, text] of cases) t.equal(humanDuration(seconds * 1000), text, `${seconds} s`);
});
