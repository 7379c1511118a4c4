import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { loopbackSteps } from '../../src/network/namespace-steps.js';
import { loadPodObject } from '../../src/pod/manifest/load-object.js';
import { sysctlsOf } from '../../src/pod/sysctls.js';
import { buildSandboxPlan } from '../../src/sandbox/build-plan.js';
import { type Sysctl, sysctlPath } from '../../src/sandbox/sysctls.js';
import { requires } from '../scratch.js';
import { podWithSysctl, sysctlCases } from '../unit/pod/manifest/fixtures/sysctl-attacks.js';
import { shell, TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

/** What the kernel itself changes all the time. */
const restless =
  /fs\/quota\/|random\/|ns_last_pid|-(state|nr)$|_count$|pty\/nr|timer_migration|perf_event_max_sample_rate/;

/** All parameters of the host with their values. */
function readAllSysctls(): Map<string, string> {
  const entries = readdirSync('/proc/sys', { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.filter((file) => !restless.test(file)).map((file) => [file, readValue(file)]));
}

function readValue(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // Some can only be written, or only by others.
    return (error as { code: string }).code;
  }
}

/** The names whose values are others now. */
function changes(before: ReadonlyMap<string, string>): string[] {
  return [...readAllSysctls()].filter(([name, value]) => before.get(name) !== value).map(([name]) => name);
}

function acceptedSysctls(name: string, value: string): Sysctl[] {
  try {
    return sysctlsOf(loadPodObject(podWithSysctl({ name, value })).pod);
  } catch {
    return [];
  }
}

t.test('of many sysctls the safe ones are set in the pod, and nothing on the host', { skip }, async (t) => {
  const before = readAllSysctls();
  t.ok(before.size > 300, `${before.size} parameters of the host are watched`);
  await sleep(20);
  t.same(changes(before), [], 'which do not change by themselves');
  let set = 0;
  await withPod(t, {}, async (pod) => {
    for (const { name, value } of sysctlCases) {
      const sysctls = acceptedSysctls(name, value);
      if (sysctls.length === 0) continue;
      const other = await new TestPod(pod.root, { sysctls }).open();
      const file = sysctlPath(sysctls[0]?.name ?? '');
      const found = await other.run(`see-${set}`, shell(`cat ${file}`));
      t.equal(found.trim().replace(/\s+/g, ' '), value.replace(/\s+/g, ' '), name);
      await other.close();
      set++;
    }
  });
  t.equal(set, sysctlCases.filter(({ isGood }) => isGood).length);
  t.same(changes(before), []);
});

t.test('one the kernel does not have, or whose value it does not take, is named', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const open = (sysctls: Sysctl[]) => new TestPod(pod.root, { sysctls });
    const good = { name: 'net.ipv4.tcp_syncookies', value: '0' };
    const missing = open([good, { name: 'net.ipv4.tcp_nonsense', value: '1' }]);
    await t.rejects(missing.open(), {
      code: 'PEAPOD_UNSUPPORTED',
      message: 'Cannot set the sysctl "net.ipv4.tcp_nonsense": this kernel has none such',
    });
    await missing.close();
    const wrong = open([good, { name: 'net.ipv4.ip_unprivileged_port_start', value: '70000' }]);
    await t.rejects(wrong.open(), {
      code: 'PEAPOD_LAUNCH_FAILED',
      message:
        'Cannot set the sysctl "net.ipv4.ip_unprivileged_port_start" to "70000": the kernel does not take that value',
    });
    await wrong.close();
  });
});

t.test('no plan sets what is not of a namespace that is made for the pod', { skip }, async (t) => {
  await withPod(t, {}, async ({ spec }) => {
    const place = { run: '/run', cgroup: '/cgroup', network: loopbackSteps };
    const build = (over: object) => () => buildSandboxPlan({ ...spec, ...over }, place);
    const network = [{ name: 'net.ipv4.tcp_syncookies', value: '0' }];
    const ipc = [{ name: 'kernel.shm_rmid_forced', value: '1' }];
    const panic = [{ name: 'kernel.panic', value: '1' }];
    const refused = { code: 'PEAPOD_PLAN_INVALID' };
    t.throws(build({ sysctls: panic }), refused);
    t.throws(build({ sysctls: network, network: 'host' }), refused);
    t.throws(build({ sysctls: network, network: { path: '/proc/1/ns/net' } }), refused);
    t.throws(build({ sysctls: ipc, ipc: 'host' }), refused);
    t.doesNotThrow(build({ sysctls: network, network: 'none', ipc: 'host' }));
    t.doesNotThrow(build({ sysctls: ipc, network: 'host' }));
  });
});
