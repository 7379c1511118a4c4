import { readFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { median, quantile } from './measure.mjs';

const units = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

function pad(text, width) {
  return String(text).padStart(width);
}

function milliseconds(value) {
  return `${value.toFixed(2)} ms`;
}

function load() {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
}

export function printMachine(rounds) {
  const model = cpus()[0]?.model.trim();
  console.log(
    `${cpus().length} CPUs (${model}), Linux ${release()}, Node ${process.version}, load ${load()}`,
  );
  console.log(`${rounds} rounds; ratio: median of the rounds' ratios [least-most]\n`);
}

function peerLine({ peer, times, ratios }) {
  const ratio = `${units.format(median(ratios))}x`;
  const range = `[${units.format(Math.min(...ratios))}-${units.format(Math.max(...ratios))}]`;
  const goal = peer.most ? `at most ${peer.goal}x` : `at least ${peer.goal}x`;
  const cells = [pad(milliseconds(median(times)), 11), pad(milliseconds(quantile(times, 0.1)), 11)];
  return `  ${peer.label.padEnd(34)}${cells.join('')} ${pad(ratio, 8)} ${range.padEnd(15)} ${goal}`;
}

export function printRow(row, { own, peers }) {
  const cells = [pad(milliseconds(median(own)), 11), pad(milliseconds(quantile(own, 0.1)), 11)];
  console.log(`${row.title} (--only ${row.name})`);
  console.log(`  ${''.padEnd(34)}${pad('median', 11)}${pad('p10', 11)} ${pad('ratio', 8)}`);
  console.log(`  ${'peapod'.padEnd(34)}${cells.join('')}`);
  for (const peer of peers) console.log(peerLine(peer));
  console.log(`  load ${readFileSync('/proc/loadavg', 'utf8').split(' ', 1)[0]}\n`);
}

export function printMemory(lines) {
  console.log('memory of what stands by an idle pod with 2 containers, PSS (--only memory)');
  for (const { label, kib, goal } of lines) {
    console.log(
      `  ${label.padEnd(34)}${pad(`${kib} KiB`, 11)}${goal === undefined ? '' : `   at most ${goal} KiB`}`,
    );
  }
  console.log('');
}

export function printTraffic(lines) {
  console.log(
    'requests a second of nginx in a pod by a published port, and of nginx on the host (--only traffic)',
  );
  console.log(`  ${''.padEnd(34)}${pad('pod', 11)}${pad('host', 11)} ${pad('ratio', 8)}`);
  for (const { label, pod, host, ratios } of lines) {
    const range = `[${units.format(Math.min(...ratios))}-${units.format(Math.max(...ratios))}]`;
    const cells = [pod, host].map((value) => pad(Math.round(value), 11)).join('');
    console.log(`  ${label.padEnd(34)}${cells} ${pad(`${units.format(median(ratios))}x`, 8)} ${range}`);
  }
  console.log('');
}

export function printSkipped(skipped) {
  for (const { label, reason } of skipped) console.log(`skipped ${label}: ${reason}`);
}
