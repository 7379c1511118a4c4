import t from 'tap';
import { clampProcess } from '../../../src/container/clamp.js';
import type { ProcessSpec } from '../../../src/container/spec.js';
import { allCapabilities, capabilityMask } from '../../../src/kernel/capabilities.js';

const spec: ProcessSpec = {
  argv: ['true'],
  env: [],
  cwd: '/',
  user: { uid: 0, gid: 0, additionalGids: [] },
  capabilities: ['KILL', 'SYS_TIME'],
  noNewPrivileges: true,
  rlimits: { nofile: { soft: 4096, hard: 2 ** 30 }, core: { soft: 0, hard: 0 } },
  terminal: false,
};

/** Descriptors are RLIMIT 7. */
const atMost = (most: number) => (resource: number) => (resource === 7 ? most : Number.POSITIVE_INFINITY);

t.test('what we hold is given as it is', (t) => {
  const held = { capabilities: allCapabilities, rlimit: atMost(2 ** 30) };
  t.same(clampProcess(spec, held), { process: spec, notes: [] });
  t.end();
});

t.test('what we do not hold is lowered, and told', (t) => {
  const held = { capabilities: capabilityMask(['CAP_KILL']), rlimit: atMost(1000) };
  const { process, notes } = clampProcess(spec, held);
  t.same(process, {
    ...spec,
    capabilities: ['KILL'],
    rlimits: { nofile: { soft: 1000, hard: 1000 }, core: { soft: 0, hard: 0 } },
  });
  t.same(notes, [
    'The capability SYS_TIME is not given: peapod does not hold it itself',
    'The hard limit of nofile is 1000, not 1073741824: CAP_SYS_RESOURCE is missing',
  ]);
  t.end();
});

t.test('nobody has more descriptors than the host allows', (t) => {
  const held = { capabilities: allCapabilities, rlimit: atMost(2 ** 20) };
  const { process, notes } = clampProcess(spec, held);
  t.same(process.rlimits.nofile, { soft: 4096, hard: 2 ** 20 });
  t.same(notes, ['The hard limit of nofile is 1048576, not 1073741824: it is the most this host allows']);
  t.end();
});
