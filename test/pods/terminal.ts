import { execa } from 'execa';
import t from 'tap';
import { requires } from '../scratch.js';
import { Follower } from './fixtures/follow.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { cleanEnvironment } from './fixtures/project.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

/** Someone at a terminal of 20 lines and 90 columns, which `script` makes. */
class Typist {
  readonly screen: Follower;

  constructor(peapod: Peapod, ...args: string[]) {
    const words = peapod.words(...args).map((word) => `'${word}'`);
    const line = `stty rows 20 cols 90; exec ${words.join(' ')}`;
    const settings = { env: cleanEnvironment(), extendEnv: false, reject: false, timeout: 60_000 } as const;
    this.screen = new Follower(execa('script', ['-qec', line, '/dev/null'], settings));
  }

  /** Waits for what is shown, then types. */
  async after(shown: RegExp, keys: string): Promise<void> {
    await this.screen.sees(shown);
    this.screen.process.stdin?.write(keys);
  }

  async status(): Promise<number | undefined> {
    return (await this.screen.process).exitCode;
  }
}

/** A shell's script in the pod `web`, at a terminal. */
function typeInto(peapod: Peapod, line: string): Typist {
  return new Typist(peapod, 'exec', '-it', 'web', '--', 'sh', '-c', line);
}

t.test(
  'exec -it gives a terminal of the size of our own',
  { skip: skip || requires('script') },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      await peapod.apply(pod('web', [script(idle)]));
      const shell = typeInto(peapod, 'tty; stty size; PS1=ready: exec sh');
      await shell.after(/ready:/, 'echo typed $((6 * 7))\n');
      await shell.after(/typed 42/, 'exit 5\n');
      t.equal(await shell.status(), 5);
      t.match(shell.screen.text, /\/dev\/pts\/0\s+20 90\s/);

      const echo = typeInto(peapod, 'echo ready; exec cat');
      await echo.after(/ready/, 'a line\n');
      await echo.after(/a line\s+a line\s/, '\u0004');
      t.equal(await echo.status(), 0, 'Ctrl-D ends the input');

      const sleeper = typeInto(peapod, 'trap "exit 6" INT; echo ready; sleep 1000');
      await sleeper.after(/ready/, '\u0003');
      t.equal(await sleeper.status(), 6, 'Ctrl-C goes to the program');

      const { status, stderr } = await peapod.run(['exec', '-it', 'web', '--', 'true']);
      t.equal(status, 0);
      t.match(stderr, 'not a terminal');
    });
  },
);

t.test(
  'attach to a container that has a terminal of its own',
  { skip: skip || requires('script') },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      const greeter = script(
        'stty size; while read word; do echo "you said $word"; [ $word = bye ] && exit 7; done',
        {
          stdin: true,
          tty: true,
        },
      );
      await peapod.apply(pod('web', [greeter], { restartPolicy: 'Never' }));
      const typist = new Typist(peapod, 'attach', '-it', 'web');
      typist.screen.process.stdin?.write('hello\n');
      await typist.after(/you said hello/, 'bye\n');
      t.equal(await typist.status(), 7);
      t.match(await peapod.ok('logs', 'web'), /you said hello\r?\n/);
    });
  },
);
