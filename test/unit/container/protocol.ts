import t from 'tap';
import {
  decodeMessage,
  encodeAttach,
  encodeExec,
  encodePrepare,
  encodeResize,
  encodeStart,
  encodeWatch,
} from '../../../src/container/protocol.js';

const start = {
  terminal: true,
  stdin: true,
  stdinOnce: false,
  trace: true,
  deadlineMs: 30_000,
  attempt: 2,
  logMaxBytes: 10 * 2 ** 30,
  logMaxFiles: 5,
  logName: '2.log',
  name: 'web',
  withSession: false,
};

/** A message as native/core/protocol.h lays it out: 32-bit words, and 64-bit ones as bigint. */
function message(...fields: readonly (number | bigint)[]): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      const word = Buffer.alloc(typeof field === 'bigint' ? 8 : 4);
      if (typeof field === 'bigint') word.writeBigUInt64LE(field);
      else word.writeInt32LE(field);
      return word;
    }),
  );
}

t.test('encodeStart: fields lie where struct message_start has them', async (t) => {
  const names = Buffer.alloc(128);
  names.write('2.log');
  names.write('web', 64);
  const words = message(1, 1 | 2 | 8 | 16 | 64, 30_000, 2, 10n * 2n ** 30n, 5, 0);
  t.same(encodeStart(start), Buffer.concat([words, names]));
});

t.test(
  'encodeStart: each flag has its own bit; /dev is always the monitor’s own, and there is a gate',
  async (t) => {
    const none = { ...start, terminal: false, stdin: false, trace: false };
    const always = 16 | 64;
    t.equal(encodeStart(none).readUInt32LE(4), always);
    t.equal(encodeStart({ ...none, stdinOnce: true }).readUInt32LE(4), always | 4);
    t.equal(encodeStart({ ...none, withSession: true }).readUInt32LE(4), always | 32);
  },
);

t.test('encodeStart: a log name leaves room for its NUL', async (t) => {
  t.equal(encodeStart({ ...start, logName: 'n'.repeat(63) })[95], 0);
  t.throws(() => encodeStart({ ...start, logName: 'n'.repeat(64) }), RangeError);
  t.throws(() => encodeStart({ ...start, logName: 'é'.repeat(32) }), RangeError);
});

t.test('encodeStart: a name for people is cut off where it leaves room for its NUL', async (t) => {
  const name = 'n'.repeat(62);
  t.equal(encodeStart({ ...start, name: `${name}nn` }).toString('latin1', 96), `${name}n\0`);
  t.equal(encodeStart({ ...start, name: `${name}é` }).toString('latin1', 96), `${name}\0\0`);
});

t.test('encodePrepare: slots are found by name, and a part need not have all', async (t) => {
  const slots = [
    ['run', 3],
    ['state', 0],
    ['listener', 5],
    ['log', 4],
    ['cgroup', 6],
  ] as const;
  t.same(encodePrepare(new Map(slots)), message(8, 3, 4, 5, 6, 0));
  t.same(encodePrepare(new Map(slots.slice(0, 2))), message(8, 3, -1, -1, -1, 0));
});

t.test('the other requests are as protocol.h has them', async (t) => {
  t.same(encodeExec({ terminal: true, trace: false, deadlineMs: 7 }), message(2, 1, 7, 0));
  t.same(encodeAttach({ stdin: true }), message(3, 1));
  t.same(encodeAttach({ stdin: false }), message(3, 0));
  t.same(encodeWatch(), message(4));
});

t.test('encodeResize: rows and columns are 16 bits each, up to the largest', async (t) => {
  t.equal(encodeResize({ rows: 40, columns: 100 }).toString('hex'), '0500000028006400');
  t.equal(encodeResize({ rows: 65_535, columns: 65_535 }).toString('hex'), '05000000ffffffff');
});

t.test('decodeMessage: records are passed on as they are', async (t) => {
  const records = Buffer.alloc(32, 7);
  t.same(decodeMessage(Buffer.concat([message(17, 0), records])), { type: 'record', records });
});

t.test('decodeMessage: started and failed', async (t) => {
  t.same(decodeMessage(message(18, 4242)), { type: 'started', pid: 4242 });
  const phases = [
    'step',
    'clone',
    'deadline',
    'killed',
    'malformed',
    'refused',
    'frozen',
    'prepare',
    'gated',
  ];
  for (const [number, phase] of phases.entries()) {
    t.same(decodeMessage(message(19, 2, 6, number)), { type: 'failed', errno: 2, step: 6, phase });
  }
});

t.test('decodeMessage: how a process ended, and unknown where that is not known', async (t) => {
  const atNs = 1_475_713_029_669_794_202n;
  const ended = (kind: number, value: number) => decodeMessage(message(20, kind, value, 0, atNs));
  const atMs = 1_475_713_029_669;
  t.same(ended(1, 3), { type: 'exited', status: { kind: 'exited', status: 3 }, atMs });
  t.same(ended(2, 9), { type: 'exited', status: { kind: 'signaled', signal: 9 }, atMs });
  t.match(ended(0, 0), { status: { kind: 'unknown' } });
});

t.test('decodeMessage: the status of a container', async (t) => {
  const status = (state: number, version: number) =>
    decodeMessage(message(21, state, 55, 1, 3, version, 2_000_000n, 5_000_000n));
  t.same(status(2, 1), {
    type: 'status',
    state: 'exited',
    pid: 55,
    status: { kind: 'exited', status: 3 },
    startedAtMs: 2,
    exitedAtMs: 5,
  });
  t.match(status(0, 1), { state: 'created' });
  t.match(status(1, 1), { state: 'running' });
  t.equal(status(1, 2), undefined, 'another version is not guessed at');
});

t.test('decodeMessage: what went past a slow client', async (t) => {
  t.same(decodeMessage(message(22, 1, 2n ** 40n)), { type: 'dropped', stream: 'stdout', bytes: 2n ** 40n });
  t.match(decodeMessage(message(22, 2, 1n)), { stream: 'stderr' });
});

t.test('decodeMessage: undefined for what it does not know', async (t) => {
  t.equal(decodeMessage(message(99)), undefined);
  t.equal(decodeMessage(Buffer.alloc(0)), undefined);
  t.equal(decodeMessage(Buffer.alloc(3)), undefined);
});
