import t from 'tap';
import { parseSignal, stopSignalOf } from '../../../src/pod/stop-signal.js';
import { makeContainer } from './fixtures/make-pod.js';

t.test('signals have names, short names and numbers', async (t) => {
  const cases: readonly [string, number | undefined][] = [
    ['SIGTERM', 15],
    ['term', 15],
    ['9', 9],
    ['SIGRTMIN', 34],
    ['RTMIN+3', 37],
    ['SIGRTMAX', 64],
    ['SIGRTMAX-14', 50],
    ['SIGRTMAX-31', undefined],
    ['SIGRTMIN+31', undefined],
    ['0', undefined],
    ['65', undefined],
    ['SIGNOPE', undefined],
    ['toString', undefined],
    ['', undefined],
  ];
  for (const [text, number] of cases) t.equal(parseSignal(text), number, text);
});

t.test("the manifest's stop signal goes before the image's, and SIGTERM is the last word", async (t) => {
  const asking = makeContainer('app', { lifecycle: { stopSignal: 'SIGUSR1' } as object });
  t.equal(stopSignalOf(asking, 'SIGQUIT'), 10);
  t.equal(stopSignalOf(makeContainer('app'), 'SIGQUIT'), 3);
  t.equal(stopSignalOf(makeContainer('app'), ''), 15);
  t.throws(() => stopSignalOf(makeContainer('app'), 'SIGNOPE'), { code: 'PEAPOD_CONTAINER_CONFIG' });
});
