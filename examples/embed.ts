// A container runtime of one's own on peapod's library: applies a manifest, waits until the pod is ready, runs a
// command in it with this program's streams, and deletes it. No daemon is involved. As root, with Node 22.18 or newer:
//
//   node examples/embed.ts POD.yaml COMMAND [ARGUMENT…]
import { readFile } from 'node:fs/promises';
import { type Engine, exitCode, open, type Pod } from 'peapod';

const [file = '', ...command] = process.argv.slice(2);
const engine = await open({ root: process.env.PEAPOD_ROOT ?? '/tmp/peapod-embed' });
try {
  const [applied] = await engine.apply(await readFile(file, 'utf8'), { source: file });
  if (applied !== undefined) await useOnce(engine, applied.name);
} finally {
  await engine.close();
}

/** One watch sees the pod through: ready or failed, then deleted, then gone. */
async function useOnce(engine: Engine, name: string): Promise<void> {
  let isUsed = false;
  for await (const { type, object } of engine.watch({ name })) {
    if (type === 'DELETED') return;
    if (isUsed || !(isReady(object) || isOver(object))) continue;
    isUsed = true;
    process.exitCode = isReady(object) ? await run(engine, name) : 1;
    await engine.delete(name);
  }
}

async function run(engine: Engine, name: string): Promise<number> {
  const session = await engine.exec(name, { command, stdin: true });
  if (session.stdin !== null) process.stdin.pipe(session.stdin);
  session.stdout.pipe(process.stdout);
  session.stderr?.pipe(process.stderr);
  const status = await session.exit;
  process.stdin.destroy();
  return exitCode(status);
}

function isReady({ status }: Pod): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
    false
  );
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded';
}
