// npm run bench [-- --rounds N --only NAME]: peapod against crun, runc, podman, nsenter and a bare C floor, in one
// interleaved run. It prints ratios and their goals and asserts nothing.
import { parseArgs } from 'node:util';
import { build } from '../build/all.mjs';
import { ensureModules } from '../setup/modules.mjs';
import { runIsolated } from './isolate.mjs';

function readOptions() {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '12' }, only: { type: 'string' } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a number from 1, not ${values.rounds}`);
  return { rounds, only: values.only };
}

try {
  const options = readOptions();
  if (process.getuid() !== 0)
    throw new Error('The benchmark needs root: it makes namespaces, mounts and cgroups');
  await ensureModules();
  await build();
  process.exitCode = await runIsolated(options);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
