import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import { parsePublish } from '../../../src/pod/parse-publish.js';

t.test('parsePublish: every form of Docker', async (t) => {
  const tcp = { protocol: 'TCP', containerPort: 80 };
  const cases: [string, object][] = [
    ['80', tcp],
    [':80', tcp],
    ['8080:80', { ...tcp, hostPort: 8080 }],
    ['8080:80/tcp', { ...tcp, hostPort: 8080 }],
    ['8080:80/UDP', { ...tcp, protocol: 'UDP', hostPort: 8080 }],
    ['8080:80/sctp', { ...tcp, protocol: 'SCTP', hostPort: 8080 }],
    ['127.0.0.1:8080:80', { ...tcp, hostIP: '127.0.0.1', hostPort: 8080 }],
    ['127.0.0.1::80', { ...tcp, hostIP: '127.0.0.1' }],
    ['[::1]:8080:80', { ...tcp, hostIP: '::1', hostPort: 8080 }],
    ['[FD00:0::1]::80', { ...tcp, hostIP: 'fd00::1' }],
    ['0.0.0.0:8080:80', { ...tcp, hostIP: '0.0.0.0', hostPort: 8080 }],
    ['[::]:8080:80', { ...tcp, hostIP: '::', hostPort: 8080 }],
    [':8080:80', { ...tcp, hostPort: 8080 }],
  ];
  for (const [text, expected] of cases) t.strictSame(parsePublish(text), [expected], text);
});

t.test('parsePublish: ranges of equal length are a port each', async (t) => {
  t.strictSame(
    parsePublish('[::1]:8000-8002:80-82/udp'),
    [0, 1, 2].map((more) => ({
      protocol: 'UDP',
      hostIP: '::1',
      hostPort: 8000 + more,
      containerPort: 80 + more,
    })),
  );
  t.strictSame(
    parsePublish('80-81').map(({ containerPort }) => containerPort),
    [80, 81],
  );
  t.equal(parsePublish('1-65535:1-65535').length, 65_535);
});

t.test('parsePublish: what is wrong is named with its place', async (t) => {
  const cases: [string, RegExp, number][] = [
    ['', /: "" at character 1 is not a port/, 1],
    ['8080:', /: "" at character 6 is not a port/, 6],
    ['8080:x', /Port "8080:x": "x" at character 6 is not a port from 1 to 65535/, 6],
    ['0:80', /"0" at character 1 is not a port/, 1],
    ['65536:80', /"65536" at character 1/, 1],
    ['8080:99999999999999999999', /at character 6 is not a port/, 6],
    ['8080:80/icmp', /"icmp" at character 9 is not tcp, udp or sctp/, 9],
    ['8080:80/', /"" at character 9 is not tcp/, 9],
    ['300.0.0.1:8080:80', /"300\.0\.0\.1" at character 1 is not an IP address/, 1],
    ['localhost:8080:80', /"localhost" at character 1 is not an IP address/, 1],
    ['[fe80::1%eth0]:8080:80', /at character 2 is not an IP address/, 2],
    ['127.0.0.1:80', /"127\.0\.0\.1" at character 1 is an address where a port is meant/, 1],
    ['::1:8080:80', /is not \[ADDRESS:\]\[HOSTPORT:\]PORT/, 1],
    ['[::1]:80', /is not \[ADDRESS:\]/, 1],
    ['8010-8000:80-90', /"8010-8000" at character 1 ends before it begins/, 1],
    ['8000-8010:80', /has 11 of the host's ports for 1 of the pod's/, 1],
    ['8080:80-81', /has 1 of the host's ports for 2 of the pod's/, 1],
    [' 8080:80', /" 8080" at character 1/, 1],
  ];
  for (const [text, message, position] of cases) {
    t.throws(() => parsePublish(text), { code: 'PEAPOD_USAGE', message, details: { position } }, text);
  }
});

t.test('parsePublish: whatever the text, there are ports or a PeapodError', async () => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[[\]:./0-9a-f-]{0,24}(\/(tcp|udp))?$/));
  fc.assert(
    fc.property(texts, (text) => {
      try {
        for (const { containerPort, hostPort = 1 } of parsePublish(text)) {
          for (const port of [containerPort, hostPort]) assert.ok(port >= 1 && port <= 65_535);
        }
      } catch (error) {
        assert.ok(error instanceof PeapodError, String(error));
      }
    }),
  );
});
