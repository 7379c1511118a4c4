import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CniNetwork, CniPod } from '../../src/network/cni/cni-network.js';
import { requires } from '../scratch.js';
import { CniLab, cniPodOf, misbehaviours } from './fixtures/cni.js';
import { TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');
/** Pods that are connected at the same time. */
const atOnce = 20;

async function failToAdd(network: CniNetwork, pod: CniPod): Promise<Error | undefined> {
  return network.add(pod).then(
    () => undefined,
    (error: Error) => error,
  );
}

t.test(
  'plugins are asked in order with what those before answered, and for DEL the other way',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const lab = new CniLab(pod.root);
      lab.useFakes('first', 'second');
      const ports = [{ protocol: 'UDP', hostPort: 8053, containerPort: 53, hostIP: '127.0.0.1' }] as const;
      const subject = cniPodOf(pod, { ports });
      const network = lab.open();
      const { addresses, raw } = await network.add(subject);
      t.strictSame(addresses, [
        { family: 4, address: '10.9.0.5', prefixLength: 16, gateway: '10.9.0.1' },
        { family: 6, address: 'fd00::5', prefixLength: 64, gateway: undefined },
      ]);
      t.equal(raw.by, 'second');
      await network.check(subject.podUid);
      t.same(network.recorded(), [subject.podUid]);
      await network.del(subject.podUid);
      t.same(network.recorded(), []);
      const wanted = ['first ADD', 'second ADD', 'first CHECK', 'second CHECK', 'second DEL', 'first DEL'];
      t.same(lab.whatWasCalled, wanted);
      const [firstAdd, secondAdd, firstCheck, , secondDel] = lab.calls;
      t.strictSame(firstAdd?.input, {
        type: 'first',
        own: 'first',
        name: 'fakes',
        cniVersion: '1.0.0',
        runtimeConfig: {
          portMappings: [{ hostPort: 8053, containerPort: 53, protocol: 'udp', hostIP: '127.0.0.1' }],
        },
      });
      t.match(secondAdd?.input, { prevResult: { by: 'first' } });
      t.match([firstCheck?.input, secondDel?.input], [{ prevResult: raw }, { prevResult: raw }]);
    });
  },
);

t.test('a plugin gets an environment made from nothing', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const lab = new CniLab(pod.root);
    lab.useFakes('first');
    process.env.SECRET_OF_OURS = 'x';
    const subject = cniPodOf(pod);
    const network = lab.open();
    await network.add(subject);
    await network.del(subject.podUid);
    const { PWD: _, _: __, SHLVL: ___, OLDPWD: ____, ...env } = lab.calls[0]?.env ?? {};
    t.strictSame(env, {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: subject.podUid,
      CNI_NETNS: `/proc/${subject.pause.pid}/ns/net`,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=${subject.podUid};K8S_POD_UID=${subject.podUid}`,
      CNI_PATH: lab.options.binDirs.join(':'),
    });
    delete process.env.SECRET_OF_OURS;
  });
});

const sayings: Readonly<Record<string, RegExp>> = {
  'is killed': /it was ended by SIGKILL and said nothing$/,
  'ends with 1': /it ended with 1: no luck$/,
  'answers an error': /not now; try later \(code 11\)$/,
  'prints garbage': /it printed no result$/,
  'prints nothing': /it printed no result$/,
  'prints a wrong address': /it printed no result$/,
  hangs: /it did not end within 5 s$/,
  'hangs with a child of its own': /it did not end within 5 s$/,
  'prints without end': /it printed too much$/,
};

for (const [what, script] of Object.entries(misbehaviours)) {
  t.test(
    `when the second plugin ${what}, the error says so and all are told to undo it`,
    { skip },
    async (t) => {
      await withPod(t, {}, async (pod) => {
        const lab = new CniLab(pod.root);
        lab.useFakes('first', 'second');
        lab.fake('second', { command: 'ADD', script });
        const network = lab.open({ timeoutMs: what.startsWith('hangs') ? 5000 : 60_000 });
        const uids = Array.from({ length: atOnce }, (_, index) => `pod-${index}`);
        const errors = await Promise.all(uids.map((podUid) => failToAdd(network, cniPodOf(pod, { podUid }))));
        for (const [index, error] of errors.entries()) {
          t.match(error, {
            code: 'PEAPOD_CNI_FAILED',
            message: /^CNI plugin "second" failed \(ADD in the network "fakes"\): /,
            details: { plugin: 'second', network: 'fakes', command: 'ADD' },
          });
          t.match(error?.message, sayings[what]);
          t.same(lab.callsFor(uids[index] ?? ''), ['first ADD', 'second ADD', 'second DEL', 'first DEL']);
        }
        t.same(network.recorded(), []);
        const subject = cniPodOf(pod);
        lab.fake('second');
        t.equal((await network.add(subject)).addresses.length, 2, 'the next try works');
        await network.del(subject.podUid);
      });
    },
  );
}

t.test('a DEL that fails is tried on the others, kept in mind and tried again', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const lab = new CniLab(pod.root);
    lab.useFakes('first', 'second', 'third');
    const subject = cniPodOf(pod);
    await lab.open().add(subject);
    for (const what of ['is killed', 'ends with 1', 'answers an error', 'hangs', 'prints without end']) {
      lab.forgetCalls();
      lab.fake('second', { command: 'DEL', script: misbehaviours[what] ?? '' });
      const network = lab.open({ timeoutMs: what === 'hangs' ? 3000 : 60_000 });
      await t.rejects(network.del(subject.podUid), {
        code: 'PEAPOD_CNI_FAILED',
        details: { command: 'DEL' },
      });
      t.same(lab.whatWasCalled, ['third DEL', 'second DEL', 'first DEL']);
      t.same(network.recorded(), [subject.podUid]);
    }
    lab.remove('second');
    await t.rejects(lab.open().del(subject.podUid), /Cannot find the CNI plugin "second"/);
    lab.fake('second');
    await lab.open().del(subject.podUid);
    t.same(lab.open().recorded(), []);
  });
});

t.test('when pause is gone, DEL is told that there is no namespace', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const lab = new CniLab(pod.root);
    lab.useFakes('first');
    const other = await new TestPod(pod.root, {}).open();
    const subject = cniPodOf(other);
    await lab.open().add(subject);
    await other.close();
    await t.rejects(lab.open().check(subject.podUid), { code: 'PEAPOD_NETWORK_UNAVAILABLE' });
    await lab.open().del(subject.podUid);
    t.equal(lab.calls.at(-1)?.env.CNI_NETNS, '');
    await t.rejects(lab.open().add(subject), { code: 'PEAPOD_NETWORK_UNAVAILABLE' });
    t.same(lab.open().recorded(), []);
  });
});

t.test('what a configuration has become since ADD is no matter to DEL', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const lab = new CniLab(pod.root);
    lab.useFakes('first');
    const subject = cniPodOf(pod);
    await lab.open().add(subject);
    lab.useFakes('second');
    await lab.open().add(subject);
    await lab.open().del(subject.podUid);
    t.same(lab.whatWasCalled, ['first ADD', 'first DEL', 'second ADD', 'second DEL']);
  });
});

t.test('ports that no plugin can publish are refused before anything is done', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const lab = new CniLab(pod.root);
    lab.fake('first');
    lab.configure({ cniVersion: '0.4.0', name: 'plain', type: 'first' }, '10-test.conf');
    const ports = [{ protocol: 'TCP', hostPort: 8080, containerPort: 80 }] as const;
    await t.rejects(lab.open().add(cniPodOf(pod, { ports })), {
      code: 'PEAPOD_UNSUPPORTED',
      message: 'Cannot publish the port 8080: no plugin of the CNI network "plain" can',
    });
    t.same(lab.whatWasCalled, []);
    t.same(lab.open().recorded(), []);
  });
});

t.test('an engine that is killed while a plugin runs leaves its undoing to the next', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const lab = new CniLab(pod.root);
    lab.useFakes('first', 'second');
    lab.fake('second', { command: 'ADD', script: 'sleep 1000 & wait' });
    const subject = cniPodOf(pod);
    const script = join(import.meta.dirname, 'fixtures/cni-add.ts');
    const argument = JSON.stringify({ options: lab.options, pod: subject });
    const engine = spawn(process.execPath, [...process.execArgv, script, argument], { stdio: 'ignore' });
    while (!lab.whatWasCalled.includes('second ADD')) await sleep(10);
    engine.kill('SIGKILL');
    await once(engine, 'exit');
    const network = lab.open();
    t.same(network.recorded(), [subject.podUid]);
    await network.del(subject.podUid);
    t.same(lab.whatWasCalled, ['first ADD', 'second ADD', 'second DEL', 'first DEL']);
    t.same(network.recorded(), []);
  });
});
