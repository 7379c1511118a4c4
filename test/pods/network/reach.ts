import type { PodStatus } from 'kubernetes-types/core/v1.js';
import t, { type Test } from 'tap';
import { answerAt, answering, askAt, askIn, published } from '../fixtures/answers.js';
import { pod } from '../fixtures/manifest.js';
import {
  dualStack,
  hostAddress,
  neighbourAddress,
  skip,
  type TestNetwork,
  withNetwork,
} from '../fixtures/with-network.js';

interface Addresses {
  readonly web: string;
  readonly other: string;
  readonly gateway: string;
  readonly host: string;
  readonly neighbour: string;
}

function addressOf({ podIPs = [] }: PodStatus = {}, family: 4 | 6): string {
  return podIPs.map(({ ip = '' }) => ip).find((ip) => ip.includes(':') === (family === 6)) ?? '';
}

/** As it stands before a port. */
function at(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Holds what was answered against what should be, question by question. */
async function expect(
  t: Test,
  from: string,
  {
    ask,
    wanted,
  }: { ask: (...questions: string[]) => Promise<string[]>; wanted: Readonly<Record<string, string>> },
): Promise<void> {
  for (const protocol of ['tcp', 'udp']) {
    const places = Object.keys(wanted);
    const answers = await ask(...places.map((place) => `${protocol}://${place}`));
    const found = Object.fromEntries(places.map((place, index) => [place, answers[index]]));
    t.same(found, wanted, `from ${from} by ${protocol}`);
  }
}

async function reach(t: Test, { peapod, host, neighbour }: TestNetwork, addresses: Addresses): Promise<void> {
  const { web, other, gateway } = addresses;
  await expect(t, 'a pod', {
    ask: (...questions) => askIn(peapod, 'web', ...questions),
    wanted: {
      [at(other, 80)]: `other to ${web}`,
      [at(addresses.neighbour, 7000)]: `neighbour to ${addresses.host}`,
      [at(gateway, 7000)]: `host to ${web}`,
      [at(addresses.host, 8080)]: `web to ${gateway}`,
    },
  });
  await expect(t, 'another pod', {
    ask: (...questions) => askIn(peapod, 'other', ...questions),
    wanted: { [at(addresses.host, 8080)]: `web to ${gateway}`, [at(gateway, 8080)]: `web to ${gateway}` },
  });
  await expect(t, 'the neighbour', {
    ask: (...questions) => askAt(neighbour, ...questions),
    wanted: { [at(addresses.host, 8080)]: `web to ${addresses.neighbour}` },
  });
  await expect(t, 'the host', {
    ask: (...questions) => askAt(host, ...questions),
    wanted: {
      [at(web, 80)]: `web to ${gateway}`,
      [at(addresses.host, 8080)]: `web to ${addresses.host}`,
      [at(addresses.neighbour, 7000)]: `neighbour to ${addresses.host}`,
    },
  });
}

t.test('pods, the host and a neighbour reach each other as they should', { skip }, async (t) => {
  await withNetwork(t, { podCidr: dualStack }, async (network) => {
    const { peapod, host, neighbour } = network;
    const servers = [await answerAt(host, 'host'), await answerAt(neighbour, 'neighbour')];
    await peapod.apply(pod('web', [answering('web', { ports: published(8080) })]));
    await peapod.apply(pod('other', [answering('other')]));
    const [web, other] = await Promise.all(
      ['web', 'other'].map(async (name) => (await peapod.get(name)).status),
    );
    for (const family of [4, 6] as const) {
      await t.test(`IPv${family}`, (t) =>
        reach(t, network, {
          web: addressOf(web, family),
          other: addressOf(other, family),
          gateway: family === 4 ? '10.85.0.1' : 'fd00:85::1',
          host: hostAddress[family],
          neighbour: neighbourAddress[family],
        }),
      );
    }
    await t.test('localhost and names', async (t) => {
      await expect(t, 'the host', {
        ask: (...questions) => askAt(host, ...questions),
        wanted: { '127.0.0.1:8080': 'web to 10.85.0.1', '[::1]:8080': 'ECONNREFUSED' },
      });
      t.equal(
        await host.run('curl', '-s', 'localhost:8080'),
        'web to 10.85.0.1',
        'clients go on to 127.0.0.1',
      );
      const [byName = '', byFullName = ''] = await askIn(
        peapod,
        'web',
        'tcp://other:80',
        'tcp://other.default.svc.cluster.local:80',
      );
      t.match(byName, /^other to /);
      t.match(byFullName, /^other to /);
    });
    for (const server of servers) await server.interrupt();
  });
});
