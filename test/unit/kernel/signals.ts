import { constants } from 'node:os';
import t from 'tap';
import { parseSignal } from '../../../src/kernel/signals.js';

t.test('signals have the numbers Node knows', async (t) => {
  for (const [name, number] of Object.entries(constants.signals)) t.equal(parseSignal(name), number, name);
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
