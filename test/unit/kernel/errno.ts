import { constants } from 'node:os';
import t from 'tap';
import { errnoName } from '../../../src/kernel/errno.js';

t.test('an errno has one name, the one the addon uses', async (t) => {
  t.equal(errnoName(1), 'EPERM');
  t.equal(errnoName(constants.errno.EWOULDBLOCK), 'EAGAIN');
  t.equal(errnoName(117), 'EUCLEAN');
  t.equal(errnoName(1000), 'E1000');
});
