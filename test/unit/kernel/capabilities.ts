import fc from 'fast-check';
import t from 'tap';
import {
  allCapabilities,
  capabilitiesIn,
  capabilityMask,
  capabilityNames,
  parseCapability,
} from '../../../src/kernel/capabilities.js';

t.test('capabilities have the bits of linux/capability.h', async (t) => {
  t.equal(capabilityNames.length, 41);
  t.equal(capabilityNames.indexOf('CAP_CHOWN'), 0);
  t.equal(capabilityNames.indexOf('CAP_SYS_ADMIN'), 21);
  t.equal(capabilityNames.indexOf('CAP_SETFCAP'), 31);
  t.equal(capabilityNames.indexOf('CAP_CHECKPOINT_RESTORE'), 40);
  t.equal(capabilityMask(capabilityNames), allCapabilities);
});

t.test('a mask and its names say the same, above bit 32 too', async () => {
  const some = fc.subarray([...capabilityNames]);
  fc.assert(fc.property(some, (names) => capabilitiesIn(capabilityMask(names)).join() === names.join()));
});

t.test('a capability named twice counts once', async (t) => {
  t.equal(capabilityMask(['CAP_KILL', 'CAP_KILL']), 32);
});

t.test('a capability can be written without CAP_, in any case', async (t) => {
  t.equal(parseCapability('net_admin'), 'CAP_NET_ADMIN');
  t.equal(parseCapability('CAP_NET_ADMIN'), 'CAP_NET_ADMIN');
  t.equal(parseCapability('ALL'), undefined);
  t.equal(parseCapability(''), undefined);
});
