import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { parseSignal, signalName, signalNumber } from '../../../src/kernel/signals.js';

t.test('signals have the numbers Node knows', async (t) => {
  for (const [name, number] of Object.entries(constants.signals)) t.equal(parseSignal(name), number, name);
  t.equal(signalNumber('SIGTERM'), 15);
});

t.test('a signal can be written with or without SIG, in any case, or as a number', async (t) => {
  for (const text of ['SIGTERM', 'TERM', 'term', 'sigterm', '15']) t.equal(parseSignal(text), 15, text);
  t.equal(parseSignal('SIGRTMIN+3'), 37);
  t.equal(parseSignal('rtmax-1'), 63);
});

t.test('what is no signal is undefined', async (t) => {
  const wrong = [
    '',
    '0',
    '65',
    '-1',
    'SIG',
    'SIGSIGTERM',
    'SIGRTMIN+31',
    'SIGRTMIN-1',
    'SIGRTMAX+1',
    '1.5',
    'toString',
  ];
  for (const text of wrong) t.equal(parseSignal(text), undefined, JSON.stringify(text));
});

t.test('every name is read back as its signal', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (signal) => parseSignal(signalName(signal)) === signal),
  );
});
