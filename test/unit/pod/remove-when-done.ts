import t from 'tap';
import { decide } from '../../../src/pod/decide.js';
import { exited, makePod, observe, start } from './fixtures/make-pod.js';

const plain = makePod({ restartPolicy: 'Never' });
const annotations = { 'peapod.dev/remove-when-done': 'true' };
const transient = { ...plain, metadata: { ...plain.metadata, annotations } };

/** Of a pod that is over and whose sandbox is gone. */
function over(pod: typeof plain, more: object = {}) {
  const { sandbox: _, ...observed } = observe(pod, { app: exited(1) });
  return { ...observed, ...more };
}

t.test('a pod that is to be removed when it is done is, once nobody reads it any more', async (t) => {
  const later = start + 5000;
  t.equal(decide(transient, over(transient), later).removePod, true);
  t.equal(decide(transient, over(transient, { isBeingRead: true }), later).removePod, undefined);
  t.equal(decide(plain, over(plain), later).removePod, undefined);
  t.equal(
    decide(transient, observe(transient, { app: exited(1) }), later).removePod,
    undefined,
    'its sandbox first',
  );
});
