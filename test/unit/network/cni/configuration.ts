import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { PeapodError } from '../../../../src/errors.js';
import { parseNetworkList } from '../../../../src/network/cni/network-list.js';
import { readConfiguration } from '../../../../src/network/cni/read-configuration.js';
import { buildInput } from '../../../../src/network/cni/request.js';
import { scratchDirectory } from '../../../scratch.js';

const parse = (config: unknown) => parseNetworkList(JSON.stringify(config), '/etc/cni/10.conflist');

t.test('a single plugin is a network of one', async (t) => {
  const list = parse({ cniVersion: '0.4.0', name: 'one', type: 'bridge', bridge: 'br0' });
  t.match(list, { name: 'one', cniVersion: '0.4.0', disableCheck: false, plugins: [{ type: 'bridge' }] });
  const input = JSON.parse(
    buildInput(list, list.plugins[0] ?? { type: '', config: {} }, { ports: [], prevResult: undefined }),
  );
  t.strictSame(input, { cniVersion: '0.4.0', name: 'one', type: 'bridge', bridge: 'br0' });
});

t.test('a list keeps the order, and what only the runtime is to know is not passed on', async (t) => {
  const list = parse({
    cniVersion: '1.0.0',
    name: 'two',
    disableCheck: true,
    plugins: [
      { type: 'bridge', name: 'mine', cniVersion: '0.1.0' },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  });
  t.match(list, { disableCheck: true, plugins: [{ type: 'bridge' }, { type: 'portmap' }] });
  const inputs = list.plugins.map((plugin) =>
    JSON.parse(buildInput(list, plugin, { ports: [], prevResult: { ips: [] } })),
  );
  t.strictSame(inputs, [
    { type: 'bridge', name: 'two', cniVersion: '1.0.0', prevResult: { ips: [] } },
    { type: 'portmap', snat: true, name: 'two', cniVersion: '1.0.0', prevResult: { ips: [] } },
  ]);
});

const plugin = { type: 'bridge' };
const wrong: [title: string, config: unknown, message: RegExp][] = [
  ['a list', [], /it is not a JSON object$/],
  ['no name', { cniVersion: '1.0.0', plugins: [plugin] }, /its "name" is missing or wrong$/],
  ['a name that is a path', { cniVersion: '1.0.0', name: '../x', plugins: [plugin] }, /"name"/],
  ['no version', { name: 'a', plugins: [plugin] }, /its "cniVersion" is none of/],
  ['an old version', { cniVersion: '0.2.0', name: 'a', plugins: [plugin] }, /"cniVersion"/],
  ['no plugins', { cniVersion: '1.0.0', name: 'a', plugins: [] }, /its "plugins" are no list, or none$/],
  ['plugins that are no list', { cniVersion: '1.0.0', name: 'a', plugins: {} }, /"plugins"/],
  ['no type', { cniVersion: '1.0.0', name: 'a', plugins: [{}] }, /a "type" is missing or wrong$/],
  [
    'a type that is a path',
    { cniVersion: '1.0.0', name: 'a', plugins: [{ type: '../../bin/sh' }] },
    /"type"/,
  ],
];

for (const [title, config, message] of wrong) {
  t.test(`a configuration is refused: ${title}`, async (t) => {
    t.throws(() => parse(config), { code: 'PEAPOD_CNI_FAILED', message });
  });
}

t.test('whatever a file holds, it is a network or an error of ours', async () => {
  const text = fc.oneof(fc.string(), fc.json());
  fc.assert(
    fc.property(text, (content) => {
      try {
        parseNetworkList(content, 'x');
        return true;
      } catch (error) {
        return error instanceof PeapodError && error.code === 'PEAPOD_CNI_FAILED';
      }
    }),
  );
});

t.test('the first file by name counts, of those with the right ending', async (t) => {
  const directory = scratchDirectory(t);
  const write = (file: string, name: string) =>
    writeFileSync(join(directory, file), JSON.stringify({ cniVersion: '1.0.0', name, type: 'bridge' }));
  await t.rejects(readConfiguration(directory), /There is no CNI configuration in/);
  write('00-note.txt', 'text');
  write('20-b.conflist', 'b');
  t.equal((await readConfiguration(directory)).name, 'b');
  write('10-a.conf', 'a');
  t.equal((await readConfiguration(directory)).name, 'a');
  write('05-z.json', 'z');
  t.equal((await readConfiguration(directory)).name, 'z');
  writeFileSync(join(directory, '01-broken.conflist'), '{');
  await t.rejects(readConfiguration(directory), /01-broken\.conflist": it is not a JSON object/);
  await t.rejects(readConfiguration(join(directory, 'missing')), /Cannot read .*: ENOENT/);
  mkdirSync(join(directory, '00-directory.conf'));
  await t.rejects(readConfiguration(directory), { code: 'PEAPOD_CNI_FAILED', message: /EISDIR/ });
});
