import { execa } from 'execa';
import t from 'tap';
import { requires } from '../scratch.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { cleanEnvironment } from './fixtures/project.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

/** Runs a command of peapod on a terminal that `script` makes, 90 columns wide; what was shown, and how it ended. */
async function onTerminal(peapod: Peapod, args: string[], input: string) {
  const words = peapod.words(...args).map((word) => `'${word}'`);
  const line = `stty rows 20 cols 90; exec ${words.join(' ')}`;
  const options = {
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    input,
  } as const;
  const { exitCode, stdout } = await execa('script', ['-qec', line, '/dev/null'], options);
  return { status: exitCode, screen: stdout };
}

t.test(
  'exec -it gives a terminal of the size of our own',
  { skip: skip || requires('script') },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      await peapod.apply(pod('web', [script(idle)]));
      const keys = 'tty; stty size; echo typed $((6 * 7))\nexit 5\n';
      const { status, screen } = await onTerminal(peapod, ['exec', '-it', 'web', '--', 'sh'], keys);
      t.match(screen, '/dev/pts/0');
      t.match(screen, '20 90');
      t.match(screen, 'typed 42');
      t.equal(status, 5);

      const ended = await onTerminal(peapod, ['exec', '-it', 'web', '--', 'cat'], 'echoed\n\u0004');
      t.match(ended, { status: 0, screen: /echoed\s+echoed/ }, 'Ctrl-D ends the input');
      const interrupted = await onTerminal(peapod, ['exec', '-it', 'web', '--', 'sleep', '1000'], '\u0003');
      t.equal(interrupted.status, 130, 'Ctrl-C goes to the program');

      const { status: plain, stderr } = await peapod.run(['exec', '-it', 'web', '--', 'true']);
      t.equal(plain, 0);
      t.match(stderr, 'not a terminal');
    });
  },
);
