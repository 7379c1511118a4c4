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
  t.equal(parseSignal('9'), 9);
});

t.test('real-time signals count from the first or the last that programs may use', async (t) => {
  t.equal(parseSignal('SIGRTMIN'), 34);
  t.equal(parseSignal('SIGRTMIN+3'), 37);
  t.equal(parseSignal('RTMIN+3'), 37);
  t.equal(parseSignal('SIGRTMAX'), 64);
  t.equal(parseSignal('rtmax-1'), 63);
  t.equal(parseSignal('SIGRTMAX-14'), 50);
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
    'SIGRTMAX-31',
    'SIGNOPE',
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
