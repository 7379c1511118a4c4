import t from 'tap';
import { judgeControllers } from '../../../src/cli/doctor/cgroups.js';
import { runChecks } from '../../../src/cli/doctor/check.js';
import { judgeRelease } from '../../../src/cli/doctor/kernel.js';
import { judgeNetwork } from '../../../src/cli/doctor/network.js';
import { runCli } from '../fixtures/fake-cli.js';

t.test('a kernel is judged by its release', async (t) => {
  for (const release of ['6.1.0-18-amd64', '6.18.3', '7.0.0-rc1', '10.2'])
    t.equal(judgeRelease(release).state, 'ok', release);
  for (const release of ['5.15.0', '6.0.19', '4.19']) t.equal(judgeRelease(release).state, 'failed', release);
});

t.test('a hybrid host is told which limits it lacks', async (t) => {
  const mount = '/sys/fs/cgroup/unified';
  const hybrid = judgeControllers({
    mount,
    controllers: ['io'],
    version1: ['cpu', 'memory', 'pids', 'cpuset'],
  });
  t.match(hybrid, {
    state: 'warning',
    detail: /hybrid: version 1 holds cpu, memory/,
    effect: /no memory limits/,
  });
  const controllers = ['cpuset', 'cpu', 'io', 'memory', 'pids'];
  t.match(judgeControllers({ mount: '/sys/fs/cgroup', controllers, version1: [] }), {
    state: 'ok',
    detail: /pure/,
  });
});

t.test('a host is told what its pods cannot have on the network', async (t) => {
  const forwarding = { ipv4: true, ipv6: false, bridgeNetfilter: { ipv4: true, ipv6: false, arp: false } };
  const bridge = { what: 'its bridge family', module: 'nf_tables_bridge', isOptional: true };
  const fib = { what: 'the fib expression', module: 'nft_fib_inet', isOptional: false };
  t.match(judgeNetwork({ forwarding, missing: [] }), {
    state: 'ok',
    detail: /forwards IPv4; .*br_netfilter/,
  });
  t.match(
    judgeNetwork({ forwarding: { ...forwarding, ipv4: false, bridgeNetfilter: undefined }, missing: [] }),
    {
      state: 'ok',
      detail: 'forwarding is off, until the first pod needs it',
    },
  );
  t.match(judgeNetwork({ forwarding, missing: [bridge] }), {
    state: 'warning',
    effect: /claim the addresses/,
    hint: 'modprobe -a nf_tables_bridge',
  });
  t.match(judgeNetwork({ forwarding, missing: [fib, bridge] }), {
    effect: /no pods with an address/,
    hint: 'modprobe -a nft_fib_inet nf_tables_bridge',
  });
});

t.test('a check that breaks is a finding', async (t) => {
  const look = (): never => {
    throw new Error('no such file');
  };
  t.same(await runChecks([{ name: 'x', look }]), [{ name: 'x', state: 'unknown', detail: 'no such file' }]);
});

t.test('doctor answers on any host, with or without ffi-napi', async (t) => {
  const { stdout, stderr } = await runCli(['doctor', '-o', 'json']);
  const results = JSON.parse(stdout) as { name: string; state: string; detail: string }[];
  t.equal(stderr, '');
  for (const name of ['user', 'kernel', 'cgroup v2', 'state directory', 'namespace types'])
    t.ok(
      results.some((result) => result.name === name),
      name,
    );
  t.match((await runCli(['doctor'])).stdout, /^(ok|warning|failed|unknown) +kernel +\d+\./m);
});
