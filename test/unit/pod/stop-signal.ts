import t from 'tap';
import { stopSignalOf } from '../../../src/pod/stop-signal.js';
import { makeContainer } from './fixtures/make-pod.js';

t.test("the manifest's stop signal goes before the image's, and SIGTERM is the last word", async (t) => {
  const asking = makeContainer('app', { lifecycle: { stopSignal: 'SIGUSR1' } as object });
  t.equal(stopSignalOf(asking, 'SIGQUIT'), 10);
  t.equal(stopSignalOf(makeContainer('app'), 'SIGQUIT'), 3);
  t.equal(stopSignalOf(makeContainer('app'), ''), 15);
  t.throws(() => stopSignalOf(makeContainer('app'), 'SIGNOPE'), { code: 'PEAPOD_CONTAINER_CONFIG' });
});
