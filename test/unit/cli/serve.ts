import { Command } from 'commander';
import t from 'tap';
import { addNetworkOptions, networkArguments, readNetworkOptions } from '../../../src/cli/network-options.js';
import { PeapodError } from '../../../src/errors.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';

const words = ['--pod-cidr', '10.85.0.0/16,fd00:85::/64', '--bridge', 'br9', '--network-mtu', '1400'];

interface Told {
  readonly entry?: string | undefined;
  readonly daemonArguments?: readonly string[] | undefined;
}

/** A machine with or without a daemon, and what is told to whoever looks for it. */
function machine({ isServed }: { isServed: boolean }) {
  const told: Told[] = [];
  const connect = async (options: Told) => {
    told.push(options);
    if (options.entry === undefined && !isServed) throw new PeapodError('PEAPOD_DAEMON_UNREACHABLE', 'none');
    return new FakeEngine();
  };
  return { told, connect };
}

t.test('serve: a daemon that is started gets the settings of the network', async (t) => {
  const { told, connect } = machine({ isServed: false });
  const ran = await runCli(['serve', ...words], { connect });
  t.match(ran, { code: 0, stdout: /^peapod serves on / });
  t.match(told.at(-1), { entry: '/nowhere/peapod.js', daemonArguments: words });
});

t.test('serve: one that runs already cannot be given other settings', async (t) => {
  const { told, connect } = machine({ isServed: true });
  t.match(await runCli(['serve', ...words], { connect }), {
    code: 1,
    stderr: /^error: Cannot start with these settings: a daemon serves already\nhint: /,
  });
  t.match(told, [{ entry: undefined }]);
  t.equal((await runCli(['serve'], { connect })).code, 0, 'without any there is nothing to refuse');
});

t.test('serve: what is no number of bytes is a mistake of the command line', async (t) => {
  for (const mtu of ['many', '-1', '1400.5', '']) {
    const { code, stderr } = await runCli(['serve', `--network-mtu=${mtu}`], machine({ isServed: false }));
    t.equal(code, 2);
    t.match(stderr, `error: --network-mtu "${mtu}" is no number of bytes`);
  }
});

t.test('readNetworkOptions: an option counts for more than the environment', (t) => {
  const command = new Command();
  addNetworkOptions(command);
  command.parse(words, { from: 'user' });
  const read = command.opts();
  t.same(networkArguments(read), words);
  const env = { PEAPOD_POD_CIDR: '10.9.0.0/16' };
  t.same(readNetworkOptions(read, env), { podCidr: '10.85.0.0/16,fd00:85::/64', bridge: 'br9', mtu: 1400 });
  t.same(readNetworkOptions({}, env), { podCidr: '10.9.0.0/16' });
  t.same(readNetworkOptions({}, { PEAPOD_POD_CIDR: '' }), {});
  t.end();
});

t.test('readNetworkOptions: CNI plugins by their directory, and the bridge again', (t) => {
  t.same(readNetworkOptions({ network: 'cni:/etc/cni/net.d' }, {}), { cni: { confDir: '/etc/cni/net.d' } });
  t.same(readNetworkOptions({ network: 'bridge' }, {}), { cni: null });
  t.same(networkArguments({ network: 'cni:/etc/cni/net.d' }), ['--network', 'cni:/etc/cni/net.d']);
  for (const network of ['', 'cni', 'cni:', 'cni:net.d', 'host']) {
    t.throws(() => readNetworkOptions({ network }, {}), { code: 'PEAPOD_USAGE' }, network);
  }
  t.end();
});
