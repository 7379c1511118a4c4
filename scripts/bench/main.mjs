// The benchmark itself; run.mjs starts it in namespaces of its own: main.mjs <directory> <rounds> [<row>]
import { measureRow } from './measure.mjs';
import { measurePodman } from './memory.mjs';
import { printMachine, printMemory, printRow, printSkipped } from './report.mjs';
import { openRows } from './rows.mjs';

const [directory, rounds, only] = process.argv.slice(2);
const { rows, skipped, memory, podman, close } = await openRows(directory);
try {
  const wanted = [...rows.map(({ name }) => name), 'memory'].filter((name) => !only || name.includes(only));
  if (wanted.length === 0)
    throw new Error(`There is no row "${only}": ${rows.map(({ name }) => name).join(', ')}, memory`);
  printMachine(Number(rounds));
  for (const row of rows.filter(({ name }) => wanted.includes(name))) {
    printRow(row, await measureRow(row, Number(rounds)));
  }
  if (wanted.includes('memory')) {
    printMemory([...memory, ...(podman === undefined ? [] : await measurePodman(podman))]);
  }
  printSkipped(skipped);
} finally {
  await close();
}
