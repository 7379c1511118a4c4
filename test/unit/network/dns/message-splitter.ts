import fc from 'fast-check';
import t from 'tap';
import { MessageSplitter, withLength } from '../../../../src/network/dns/message-splitter.js';

t.test('messages come out as they went in, however the stream is cut', async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(
      messages,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      (sent, cuts) => {
        const stream = Buffer.concat(sent.map((message) => withLength(Buffer.from(message))));
        const splitter = new MessageSplitter(40);
        const received: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = cuts[turn % cuts.length] as number;
          received.push(...(splitter.push(stream.subarray(at, at + size)) ?? []));
          at += size;
        }
        return (
          received.length === sent.length &&
          received.every((one, index) => one.equals(sent[index] as Uint8Array))
        );
      },
    ),
  );
});

t.test('a message that is to be longer than allowed ends it, before anything of it is kept', async (t) => {
  t.equal(new MessageSplitter(4).push(Buffer.from([0, 5])), undefined);
  t.same(new MessageSplitter(4).push(Buffer.from([0, 4, 1, 2, 3, 4, 0])), [Buffer.from([1, 2, 3, 4])]);
});
