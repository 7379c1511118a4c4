import t from 'tap';
import { execInContainer } from '../../src/container/exec.js';
import { requires } from '../scratch.js';
import { readFindings, startAttacker } from './fixtures/attacker.js';
import { exec, shell, type Test, type TestPod, withOtherPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'cc');
const execs = 500;
const atOnce = 8;
/** An exec whose process the attacker stopped after execve has its own user to thank; it is given up here. */
const patienceMs = 200;
/** The same before execve: the attacker is quick. */
const deadlineMs = 200;

async function execOnce(pod: TestPod, index: number): Promise<'ran' | 'stopped' | string> {
  const target = pod.containers[0];
  if (target === undefined) {
    throw new Error('there is no container');
  }
  try {
    const session = await execInContainer(
      target,
      { ...shell(''), argv: ['true', String(index)] },
      { stdin: false, deadlineMs },
    );
    session.stdout.resume();
    session.stderr?.resume();
    const timer = setTimeout(() => session.close(), patienceMs);
    const exit = await session.exit;
    clearTimeout(timer);
    return exit.kind === 'exited' && exit.status === 0 ? 'ran' : 'stopped';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

t.test(
  'a root neighbour that opens all memory and stops all it sees gets nothing of ours',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      await pod.start('target', shell('while true; do sleep 1000; done'));
      await startAttacker(pod);
      const outcomes = new Map<string, number>();
      let next = 0;
      const worker = async () => {
        while (next < execs) {
          const outcome = await execOnce(pod, next++);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      };
      const other = useOtherPod(t);
      await Promise.all(Array.from({ length: atOnce }, worker));
      t.comment(`${execs} execs: ${[...outcomes].map((row) => row.join(' ')).join(', ')}`);
      const found = readFindings(pod);
      t.notMatch(found, /opened (peapod|pause)/, 'no process of the runtime was opened');
      t.match(found, /rounds \d+ opened \d+ denied [1-9]/, 'and the attacker did try');
      await other;
    });
  },
);

/** Execs in a pod of its own while the attack goes on. */
async function useOtherPod(t: Test & { equal(found: unknown, wanted: unknown, message: string): unknown }) {
  await withOtherPod(t, async (pod) => {
    const container = await pod.start('quiet', shell('sleep 1000'));
    let done = 0;
    while (done < 50) {
      const { exit } = await exec(container, shell('true'));
      if (exit.kind !== 'exited' || exit.status !== 0) {
        break;
      }
      done++;
    }
    t.equal(done, 50, 'execs in another pod all ran');
  });
}
