import { execFileSync } from 'node:child_process';
import t from 'tap';
import { requires } from '../../scratch.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

t.test('words are completed with commands, flags, values and living names', async (t) => {
  const engine = new FakeEngine();
  engine.put(webPod());
  engine.put(webPod('worker'));
  const complete = async (...words: string[]): Promise<string[]> =>
    (await runCli(['__complete', '--', ...words], { engine })).stdout.split('\n').filter(Boolean);
  t.same(await complete('de'), ['delete', 'describe']);
  t.same(await complete('logs', ''), ['web', 'worker']);
  t.same(await complete('--root', '/x', 'logs', 'wo'), ['worker']);
  t.same(await complete('logs', '--ti'), ['--timestamps']);
  t.same(await complete('get', 'p'), ['pod', 'pods']);
  t.same(await complete('get', 'pods', '-o', 'j'), ['json', 'jsonpath=']);
  t.same(await complete('get', 'pods', '--output=y'), ['--output=yaml'], 'as zsh and fish see it');
  t.same(await complete('get', 'pods', '--output', '=', 'y'), ['yaml'], 'as bash sees it');
  t.same(await complete('apply', '--validate', '='), ['ignore', 'strict', 'warn']);
  t.same(await complete('logs', 'web', '-c', ''), ['busybox', 'nginx']);
  t.same(await complete('apply', '-f', ''), [], "files are the shell's");
  t.same(await complete('inspect', 'wo'), ['worker']);
  t.same(await complete('pod', ''), ['create']);
  t.same(await complete('pod', 'create', '--na'), ['--name']);
  t.same(await complete('pod', 'create', '--net', 'n'), ['none', 'ns:/']);
  t.same(await complete('port', ''), ['add', 'rm', 'web', 'worker']);
  t.same(await complete('port', 'rm', 'w'), ['web', 'worker']);
  t.notMatch(await complete('serve', '--'), ['--on-demand']);
});

t.test('the scripts are valid in their shells', { skip: requires('bash') }, async (t) => {
  const { stdout } = await runCli(['completion', 'bash']);
  t.doesNotThrow(() => execFileSync('bash', ['-n'], { input: stdout }));
  t.match((await runCli(['completion', 'zsh'])).stdout, /^#compdef peapod/);
  t.match((await runCli(['completion', 'fish'])).stdout, /complete -c peapod/);
});
