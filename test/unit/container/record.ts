import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readExit } from '../../../src/container/record.js';
import type { RunPaths } from '../../../src/container/run-paths.js';
import { scratchDirectory } from '../../scratch.js';

const exit = join(scratchDirectory(t), 'exit.json');
const paths = { exit } as RunPaths;

/** exit.json as native/monitor/record.c writes it. */
function readBack(kind: string, value: number): ReturnType<typeof readExit> {
  const times = '"startedAtNs":"1475713029000000001","finishedAtNs":"1475713029669794202"';
  writeFileSync(exit, `{"version":1,"kind":"${kind}","value":${value},${times}}\n`);
  return readExit(paths);
}

t.test('readExit: nothing while the container has not ended', async (t) => {
  t.equal(readExit(paths), undefined);
});

t.test('readExit: how and when a container ended', async (t) => {
  const times = { startedAt: 1_475_713_029_000, finishedAt: 1_475_713_029_669 };
  t.same(readBack('exited', 3), { status: { kind: 'exited', status: 3 }, ...times });
  t.same(readBack('signaled', 9), { status: { kind: 'signaled', signal: 9 }, ...times });
});

t.test('readExit: an end the monitor could not learn stays unknown', async (t) => {
  const reason = 'The monitor could not learn how it ended';
  t.same(readBack('unknown', 0)?.status, { kind: 'unknown', reason });
  t.same(readBack('teleported', 1)?.status, { kind: 'unknown', reason });
});
