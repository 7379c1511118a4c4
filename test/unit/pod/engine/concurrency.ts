import fc from 'fast-check';
import t from 'tap';
import { hasCode } from '../../../../src/errors.js';
import type { PodEngine } from '../../../../src/pod/pod-engine.js';
import { Bench, openBench, podOf } from './fixtures/bench.js';

const names = ['a', 'b', 'c'];

const operation = fc.record({
  kind: fc.constantFrom('apply' as const, 'apply' as const, 'delete' as const, 'force' as const),
  name: fc.constantFrom(...names),
  label: fc.constantFrom('1', '2'),
  /** Turns of the event loop to wait before. */
  delay: fc.nat(3),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

type Answer = 'created' | 'configured' | 'unchanged' | 'conflict' | 'deleted' | 'missing';

interface Entry {
  readonly operation: Operation;
  readonly answer: Answer;
}

async function perform(engine: PodEngine, { kind, name, label }: Operation): Promise<Answer> {
  try {
    if (kind === 'apply') {
      const [result] = await engine.apply(podOf(name, {}, { labels: { label } }));
      return result?.action ?? 'missing';
    }
    await engine.delete(name, { force: kind === 'force' });
    return 'deleted';
  } catch (error) {
    if (hasCode(error, 'PEAPOD_CONFLICT')) return 'conflict';
    if (hasCode(error, 'PEAPOD_NOT_FOUND')) return 'missing';
    throw error;
  }
}

/**
 * Explains answers of one name, in the order they were given, by a serial order: the pod is absent, present with a
 * label, or on its way out, and it may be gone at any time after its deletion. Returns the first that fits none.
 */
function findUnexplained(history: readonly Entry[]): string | undefined {
  let label: string | undefined;
  let isDeleting = false;
  for (const { operation, answer } of history) {
    const mayBeAbsent = label === undefined || isDeleting;
    const fits = {
      created: mayBeAbsent,
      missing: mayBeAbsent,
      configured: label !== undefined && !isDeleting && label !== operation.label,
      unchanged: !isDeleting && label === operation.label,
      conflict: isDeleting,
      deleted: label !== undefined,
    }[answer];
    if (!fits)
      return `${operation.kind} ${operation.label} -> ${answer} with label ${label}, deleting ${isDeleting}`;
    if (answer === 'created' || answer === 'configured') label = operation.label;
    if (answer === 'created') isDeleting = false;
    if (answer === 'deleted') isDeleting = true;
    if (answer === 'missing') label = undefined;
  }
  return undefined;
}

async function runClients(clients: readonly Operation[][]): Promise<string[]> {
  const bench = await Bench.create();
  const engine = await bench.open();
  const history: Entry[] = [];
  const runs = clients.map(async (operations) => {
    for (const operation of operations) {
      for (let turn = 0; turn < operation.delay; turn++) await new Promise(setImmediate);
      history.push({ operation, answer: await perform(engine, operation) });
    }
  });
  await Promise.all(runs);
  const problems = names.flatMap(
    (name) => findUnexplained(history.filter(({ operation }) => operation.name === name)) ?? [],
  );
  for (const name of names) await perform(engine, { kind: 'force', name, label: '1', delay: 0 });
  while ((await engine.list()).length > 0) await new Promise(setImmediate);
  problems.push(...bench.world.breaches, ...bench.warnings, ...(await bench.leftovers()));
  await engine.close();
  await bench.remove();
  return problems;
}

t.test('whatever many callers do to the same pods has an order that explains every answer', async (t) => {
  const clients = fc.array(fc.array(operation, { maxLength: 8 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(clients, async (operations) => {
      const problems = await runClients(operations);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    }),
    { numRuns: 60 },
  );
  t.pass();
});

t.test('of many that apply the same pod at once one creates it', async (t) => {
  const { engine } = await openBench(t);
  const results = await Promise.all(Array.from({ length: 20 }, () => engine.apply(podOf('web'))));
  t.equal(results.filter(([result]) => result?.action === 'created').length, 1);
  t.equal(new Set(results.map(([result]) => result?.uid)).size, 1);
});
