import fc from 'fast-check';
import t from 'tap';
import { encodeRequests } from '../../../src/kernel/netlink.js';
import { parseMessages } from '../../../src/kernel/netlink-message.js';
import { buildBatch, buildNetfilterRequest, buildTrial } from '../../../src/kernel/nfnetlink.js';

const ack = 4;

function request(message: number) {
  return buildNetfilterRequest({
    subsystem: 10,
    message,
    family: 1,
    flags: 0,
    attributes: [],
    action: `do ${message}`,
  });
}

t.test('of a batch only the last request is answered', async (t) => {
  const numbers = fc.array(fc.nat(20), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(numbers, fc.nat(1000), (messages, first) => {
      const sent = parseMessages(encodeRequests(buildBatch(10, messages.map(request)), first));
      t.same(
        sent.map(({ type }) => type),
        [0x10, ...messages.map((message) => 0x0a00 | message), 0x11],
      );
      t.same(
        sent.map(({ flags }) => (flags & ack) !== 0),
        [false, ...messages.map((_, index) => index === messages.length - 1), false],
      );
      t.same(
        sent.map(({ sequence }) => sequence),
        sent.map((_, index) => first + index),
      );
    }),
    { numRuns: 30 },
  );
});

t.test('its frame names the subsystem, in network order', async (t) => {
  const [begin] = buildBatch(10, [request(0)]);
  t.equal(begin?.payload.toString('hex'), '0000000a');
});

t.test('a trial has no end', async (t) => {
  t.same(
    buildTrial(10, [request(1), request(2)]).map(({ type }) => type),
    [0x10, 0x0a01, 0x0a02],
  );
});
