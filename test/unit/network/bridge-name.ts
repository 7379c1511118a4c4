import t from 'tap';
import { checkBridgeName, defaultBridgeName } from '../../../src/network/bridge-name.js';

t.test('defaultBridgeName: fits a link, and tells the root', (t) => {
  t.equal(defaultBridgeName('peapod'), 'peapod0');
  t.equal(defaultBridgeName('peapod-0123456789ab'), 'pp-0123456789ab');
  t.doesNotThrow(() => checkBridgeName(defaultBridgeName('peapod-0123456789ab')));
  t.end();
});

t.test('checkBridgeName: refuses what the kernel would refuse or expand', (t) => {
  for (const name of ['br0', 'pod.net_1', 'a'.repeat(15), '0']) t.doesNotThrow(() => checkBridgeName(name));
  const wrong = [
    '',
    'a'.repeat(16),
    'a/b',
    'a b',
    'a:b',
    '.',
    '..',
    'br%d',
    'ü',
    'lo',
    'all',
    'default',
    '-x',
  ];
  for (const name of wrong) {
    t.throws(() => checkBridgeName(name), {
      code: 'PEAPOD_USAGE',
      message: `Cannot call the bridge "${name}": it is no name for one`,
    });
  }
  t.end();
});
