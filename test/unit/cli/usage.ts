import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

t.test('what is wrong with the command line itself exits 2', async (t) => {
  const wrong = [
    [],
    ['nope'],
    ['get'],
    ['get', 'nodes'],
    ['get', 'pods', '--nope'],
    ['get', 'pods', '-o', 'xml'],
    ['get', 'pods', '-o', 'jsonpath={.items['],
    ['apply'],
    ['apply', '-f', 'pod.yaml', '--validate', 'maybe'],
    ['apply', '-f', '/nowhere/pod.yaml'],
    ['logs'],
    ['logs', 'web', '--tail', 'many'],
    ['logs', 'web', '--since', '10'],
    ['exec', 'web'],
    ['wait', 'web', '--for', 'luck'],
    ['wait', 'pod/a/b', '--for', 'delete'],
    ['delete'],
    ['delete', 'web', '--all'],
    ['delete', 'pod'],
    ['delete', 'web', '--grace-period', '-1'],
    ['import', 'x'],
    ['completion', 'csh'],
    ['serve', '--allow-unsafe-sysctls', 'net.*'],
    ['serve', '--network', 'cni:net.d'],
    ['serve', '--network', 'macvlan'],
    ['inspect'],
    ['inspect', 'web', 'db'],
    ['inspect', 'web', '-o', 'wide'],
    ['pod'],
    ['pod', 'create'],
    ['pod', 'create', '--name', 'a', '-p', '80:x'],
    ['pod', 'create', '--name', 'a', '--label', 'b'],
    ['pod', 'create', '--name', 'a', '--timeout', 'soon'],
    ['port'],
    ['port', 'web', '80'],
    ['port', 'add', 'web'],
    ['port', 'add', 'web', '80:80/icmp'],
    ['port', 'rm', 'web', '80'],
  ];
  const engine = new FakeEngine();
  engine.put(webPod());
  for (const args of wrong) {
    const { code, stdout, stderr } = await runCli(args, { engine });
    const exit = args[0] === 'exec' ? [2] : [2];
    t.ok(exit.includes(code), `peapod ${args.join(' ')}: ${code} ${stderr}`);
    t.equal(stdout, '');
    t.not(stderr, '');
  }
});

t.test('the nearest command, flag, kind, format and pod are suggested', async (t) => {
  const engine = new FakeEngine();
  engine.put(webPod('frontend'));
  const near: [string[], RegExp][] = [
    [['gte', 'pods'], /error: unknown command 'gte'\nhint: Did you mean get\?/],
    [['get', 'pods', '--wacth'], /hint: Did you mean --watch\?/],
    [['get', 'pdos'], /hint: Did you mean "pods"\?/],
    [['get', 'pods', '-o', 'jsn'], /hint: Did you mean "json"\?/],
    [['get', 'pod', 'fronted'], /error: Cannot find pod "fronted"\nhint: Did you mean "frontend"\?/],
    [['describe', 'pod/frontends'], /hint: Did you mean "frontend"\?/],
    [['pod', 'crate'], /hint: Did you mean create\?/],
    [['port', 'ad', 'frontend', '80:80'], /hint: did you mean "add"\?/],
    [['port', 'add', 'fronted', '80:80'], /hint: Did you mean "frontend"\?/],
    [['inspect', 'fronted'], /hint: Did you mean "frontend"\?/],
  ];
  for (const [args, expected] of near) t.match((await runCli(args, { engine })).stderr, expected);
});

t.test('every command has help with an example, on stdout', async (t) => {
  const { stdout, code } = await runCli(['--help']);
  t.equal(code, 0);
  t.notMatch(stdout, '__complete');
  const names = [...stdout.matchAll(/^ {2}([a-z]+)(?:\||\s)/gm)].map(([, name]) => name as string);
  t.ok(names.length >= 13, names.join(' '));
  for (const name of names) {
    const help = await runCli([name, '--help']);
    t.equal(help.code, 0);
    t.match(help.stdout, /Examples?:\n {2}/, name);
    t.equal(help.stderr, '');
    t.equal((await runCli(['help', name])).stdout, help.stdout);
  }
  for (const words of [
    ['pod', 'create'],
    ['port', 'add'],
    ['port', 'rm'],
  ]) {
    const help = await runCli([...words, '--help']);
    t.match(help, { code: 0, stdout: /Examples?:\n {2}peapod p/ });
    t.equal((await runCli(['help', ...words])).stdout, help.stdout);
  }
});

t.test('--version prints the version', async (t) => {
  t.match(await runCli(['--version']), { code: 0, stdout: /^peapod \d+\.\d+\.\d+\n$/ });
});

t.test('a failure exits 1, with its sentence and hint on stderr', async (t) => {
  const engine = new FakeEngine();
  engine.failure = new PeapodError('PEAPOD_CONFLICT', 'The name is taken', { hint: 'Choose another' });
  const ran = await runCli(['apply', '-f', '-'], { engine, stdin: 'kind: Pod' });
  t.same(ran, { code: 1, stdout: '', stderr: 'error: The name is taken\nhint: Choose another\n' });
});

t.test('each problem of a manifest has a line of its own', async (t) => {
  const engine = new FakeEngine();
  const problems = [
    { line: 4, column: 7, path: 'spec.imge', message: 'unknown field', hint: 'did you mean "image"?' },
    { line: 9, column: 1, path: '', message: 'no containers' },
  ];
  engine.failure = new PeapodError('PEAPOD_MANIFEST_INVALID', 'two', {
    details: { problems, source: 'a.yaml' },
  });
  const { stderr } = await runCli(['apply', '-f', '-'], { engine, stdin: 'x' });
  t.match(stderr, /^a\.yaml:4:7: spec\.imge: unknown field$/m);
  t.match(stderr, /^a\.yaml:9:1: no containers$/m);
});

t.test('an error cannot drive the terminal', async (t) => {
  const engine = new FakeEngine();
  engine.failure = new PeapodError('PEAPOD_CONFLICT', 'image "\x1b]0;owned\x07\x9b31m"');
  const { stderr } = await runCli(['apply', '-f', '-'], { engine });
  t.equal(stderr, 'error: image "\\x1b]0;owned\\x07\\x9b31m"\n');
});

t.test('a root that a script left empty is not the working directory', async (t) => {
  t.match(await runCli(['--root', '', 'get', 'pods']), { code: 2, stderr: /--root is empty/ });
});
