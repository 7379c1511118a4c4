import t from 'tap';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Outcome } from './fixtures/peapod.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

t.test("exec passes on streams, and the program's own exit code", { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.apply(pod('web', [script(idle), script(idle, { name: 'other' })]));
    const exec = (words: string[], options: { input?: string } = {}): Promise<Outcome> =>
      peapod.run(['exec', ...words], options);
    const shell = (text: string) => exec(['web', '-c', 'main', '--', 'sh', '-c', text]);

    t.equal((await shell('exit 0')).status, 0);
    t.same(await shell('echo out; echo err >&2; exit 3'), { status: 3, stdout: 'out', stderr: 'err' });
    t.equal((await shell('kill -9 $$')).status, 137);
    t.equal((await shell('kill -TERM $$')).status, 143);
    const missing = await exec(['web', '-c', 'main', '--', 'no-such-program']);
    t.equal(missing.status, 127);
    t.match(missing.stderr, /no-such-program/);
    t.equal(
      (await exec(['web', '-c', 'main', '--', '/etc/passwd'])).status,
      126,
      'a file that is no program',
    );
    t.equal((await exec(['web', '-c', 'main', '--', '/etc'])).status, 126, 'a directory');

    const upper = ['web', '-i', '-c', 'main', '--', 'tr', 'a-z', 'A-Z'];
    t.match(await exec(upper, { input: 'from stdin\n' }), { status: 0, stdout: 'FROM STDIN' });
    const lines = 'a line of some length\n'.repeat(50_000);
    t.match(await exec(['web', '-i', '-c', 'main', '--', 'wc', '-c'], { input: lines }), {
      stdout: String(lines.length),
    });
    t.match(
      await exec(['web', '-c', 'main', '--', 'cat'], { input: lines }),
      { stdout: '' },
      'without -i there is none',
    );
    t.equal((await shell('yes | head -c 3000000')).stdout.length, 3_000_000 - 1);

    const given = [
      'web',
      '-c',
      'main',
      '-u',
      '33:33',
      '-w',
      '/tmp',
      '-e',
      'WORD=given',
      '--',
      'sh',
      '-c',
      'id -u; id -g; pwd; echo $WORD',
    ];
    t.equal((await exec(given)).stdout, '33\n33\n/tmp\ngiven');
    t.match(
      await exec(['web', '--', 'hostname']),
      { status: 0, stdout: 'web' },
      'the first container when none is named',
    );

    t.equal((await exec(['wob', '--', 'true'])).status, 125);
    t.match(await exec(['wob', '--', 'true']), { status: 125, stderr: /"wob".*\n.*Did you mean "web"/s });
    t.match(await exec(['web', '-c', 'nothing', '--', 'true']), { status: 125, stderr: /nothing/ });
    t.equal((await exec(['web'])).status, 2, 'no command');
    t.equal((await exec(['web', '--no-such-option', '--', 'true'])).status, 2);
  });
});
