// The benchmark itself; run.mjs starts it in namespaces of its own: main.mjs <directory> <rounds> [<row>]
import { measureRow } from './measure.mjs';
import { measurePodman } from './memory.mjs';
import { printMachine, printMemory, printRow, printSkipped } from './report.mjs';
import { openRows } from './rows.mjs';

async function measureAll({ rows, memory, skipped, podman }, rounds, only) {
  const names = [...rows.map(({ name }) => name), 'memory'];
  const wanted = names.filter((name) => !only || name.includes(only));
  if (wanted.length === 0) throw new Error(`There is no row "${only}", only ${names.join(', ')}`);
  printMachine(rounds);
  for (const row of rows.filter(({ name }) => wanted.includes(name))) {
    printRow(row, await measureRow(row, rounds));
  }
  if (wanted.includes('memory')) {
    printMemory([...memory, ...(podman === undefined ? [] : await measurePodman(podman))]);
  }
  printSkipped(skipped);
}

const [directory, rounds, only] = process.argv.slice(2);
try {
  const sides = await openRows(directory);
  await measureAll(sides, Number(rounds), only).finally(sides.close);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
