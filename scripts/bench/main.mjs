// The benchmark itself; run.mjs starts it in namespaces of its own: main.mjs <directory> <rounds> [<row>]
import { measurePull, pullPrograms } from './images/pull.mjs';
import { measureRow } from './measure.mjs';
import { measurePodman } from './memory.mjs';
import { printMachine, printMemory, printRow, printSkipped, printTraffic } from './report.mjs';
import { isInstalled, openRows } from './rows.mjs';
import { measureTraffic } from './traffic.mjs';

async function measureAll({ rows, memory, skipped, podman, library }, { directory, rounds, only }) {
  const names = [...rows.map(({ name }) => name), 'memory', 'traffic', 'pull'];
  const wanted = names.filter((name) => !only || name.includes(only));
  if (wanted.length === 0) throw new Error(`There is no row "${only}", only ${names.join(', ')}`);
  printMachine(rounds);
  for (const row of rows.filter(({ name }) => wanted.includes(name))) {
    printRow(row, await measureRow(row, rounds));
  }
  if (wanted.includes('memory')) {
    printMemory([...memory, ...(podman === undefined ? [] : await measurePodman(podman))]);
  }
  const missing = ['wrk', 'nginx'].filter((program) => !isInstalled(program));
  for (const label of missing) skipped.push({ label, reason: 'it is not installed, so there is no traffic' });
  if (wanted.includes('traffic') && missing.length === 0) {
    printTraffic(await measureTraffic(library, directory));
  }
  if (wanted.includes('pull')) await measureImages(directory, skipped);
  printSkipped(skipped);
}

const pullRow = { name: 'pull', title: 'pull of an image of 300 MB in 8 layers, unpacked' };

async function measureImages(directory, skipped) {
  const missing = pullPrograms.filter((program) => !isInstalled(program));
  if (missing.length === 0) printRow(pullRow, await measurePull(directory, isInstalled));
  else skipped.push({ label: pullRow.title, reason: `${missing.join(', ')} not installed` });
}

const [directory, rounds, only] = process.argv.slice(2);
try {
  const sides = await openRows(directory);
  await measureAll(sides, { directory, rounds: Number(rounds), only }).finally(sides.close);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
