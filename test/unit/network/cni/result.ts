import { isIP } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { isObject } from '../../../../src/network/cni/network-list.js';
import { pluginError } from '../../../../src/network/cni/plugin-error.js';
import { readAddresses } from '../../../../src/network/cni/result.js';

t.test('the addresses of the pod are read, IPv4 first, without those of the host', async (t) => {
  const result = {
    cniVersion: '1.0.0',
    interfaces: [
      { name: 'cni0' },
      { name: 'veth1', sandbox: '' },
      { name: 'eth0', sandbox: '/proc/1/ns/net' },
    ],
    ips: [
      { address: 'fd00::2/64', interface: 2 },
      { address: '10.0.0.1/16', interface: 0 },
      { address: '10.0.0.9/16', interface: 1 },
      { address: '10.0.0.2/16', gateway: '10.0.0.1', interface: 2 },
      { address: '10.0.0.3/32', gateway: 'nonsense' },
    ],
  };
  t.strictSame(readAddresses(result), [
    { family: 4, address: '10.0.0.2', prefixLength: 16, gateway: '10.0.0.1' },
    { family: 4, address: '10.0.0.3', prefixLength: 32, gateway: undefined },
    { family: 6, address: 'fd00::2', prefixLength: 64, gateway: undefined },
  ]);
  t.strictSame(readAddresses({}), [], 'a network may give none');
});

t.test('what is no address is no result', async (t) => {
  for (const address of [
    '10.0.0.1',
    '10.0.0.1/33',
    'fd00::1/129',
    'x/24',
    '10.0.0.1/',
    '10.0.0.1/2e1',
    5,
    null,
  ]) {
    t.equal(readAddresses({ ips: [{ address }] }), undefined, String(address));
  }
  for (const ips of ['x', {}, [1], [null]]) t.equal(readAddresses({ ips }), undefined);
});

t.test('whatever a plugin prints, it is addresses or no result', async () => {
  const entry = fc.record({
    address: fc.oneof(
      fc.string(),
      fc.ipV4().map((ip) => `${ip}/24`),
    ),
    interface: fc.integer(),
  });
  const result = fc.oneof(fc.jsonValue(), fc.record({ ips: fc.array(entry), interfaces: fc.jsonValue() }));
  fc.assert(
    fc.property(result, (value) => {
      const addresses = isObject(value) ? readAddresses(value) : undefined;
      return addresses?.every(({ address, family }) => isIP(address) === family) ?? true;
    }),
  );
});

const run = { plugin: 'bridge', network: 'net', command: 'ADD', timeoutMs: 60_000 } as const;
const ended = {
  exitCode: 1,
  signal: undefined,
  isTimedOut: false,
  stdout: '',
  stderr: '',
  problem: undefined,
};

t.test('an error is told in the words of the plugin, in one line that is safe to show', async (t) => {
  const stdout = JSON.stringify({ code: 7, msg: 'bad\n\u001b[31mconfig', details: 'line\r2' });
  const error = pluginError(run, { ...ended, stdout });
  t.equal(
    error.message,
    'CNI plugin "bridge" failed (ADD in the network "net"): bad [31mconfig; line 2 (code 7)',
  );
  t.match(error.details, { plugin: 'bridge', network: 'net', command: 'ADD', code: 7, exitCode: 1 });
  t.equal(pluginError(run, { ...ended, stdout: '{"code":11,"msg":"later"}' }).hint, 'It may work later');
  const long = pluginError(run, { ...ended, stderr: 'x'.repeat(10_000) }).message;
  t.ok(long.length < 500);
});
