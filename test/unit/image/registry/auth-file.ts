import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { readCredentials } from '../../../../src/image/registry/auth-file.js';
import { scratchDirectory } from '../../../scratch.js';

const auth = Buffer.from('user:pass:word').toString('base64');
const known = { username: 'user', password: 'pass:word' };

async function find(
  t: Parameters<typeof scratchDirectory>[0],
  content: unknown,
  registry: string,
  scheme = 'https:',
) {
  const path = join(scratchDirectory(t), 'config.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return await readCredentials(path).find(registry, scheme as 'https:' | 'http:');
}

t.test('readCredentials: an entry is found by its host, as Docker does', async (t) => {
  const keys: [string, string, boolean][] = [
    ['https://index.docker.io/v1/', 'docker.io', true],
    ['index.docker.io', 'docker.io', true],
    ['docker.io', 'docker.io', true],
    ['r.example', 'r.example', true],
    ['https://r.example/v2/', 'r.example', true],
    ['http://r.example', 'r.example', true],
    ['R.example:5000', 'r.example:5000', true],
    ['r.example', 'r.example:5000', false],
    ['r.example:5000', 'r.example', false],
    ['example', 'r.example', false],
    ['r.example.evil.example', 'r.example', false],
    ['docker.io', 'index.example', false],
    ['__proto__', 'constructor', false],
  ];
  for (const [key, registry, isFound] of keys) {
    const content = `{"auths":{${JSON.stringify(key)}:{"auth":"${auth}"}}}`;
    t.same(await find(t, content, registry), isFound ? known : undefined, `${key} for ${registry}`);
  }
});

t.test('readCredentials: what is kept for TLS is not said without', async (t) => {
  const entry = { auth };
  t.equal(await find(t, { auths: { 'https://r.example': entry } }, 'r.example', 'http:'), undefined);
  t.same(await find(t, { auths: { 'r.example': entry } }, 'r.example', 'http:'), known);
});

t.test('readCredentials: an entry has a user, both in one, or a token', async (t) => {
  const read = (entry: object) => find(t, { auths: { 'r.example': entry } }, 'r.example');
  t.same(await read({ username: 'user', password: 'pass:word' }), known);
  t.same(await read({ auth, identitytoken: 'token' }), { identityToken: 'token' });
  t.equal(await read({}), undefined, 'what a helper has');
  const broken = {
    code: 'PEAPOD_REGISTRY_CONFIG',
    message: /at auths\["r\.example"\]\.auth: it is not "user:/,
  };
  await t.rejects(read({ auth: 'eA==' }), broken);
  await t.rejects(read({ auth: 7 }), { code: 'PEAPOD_REGISTRY_CONFIG', message: /\.auth: it is no string/ });
});

t.test('readCredentials: a file that is missing has none, one that is broken says so', async (t) => {
  t.equal(await readCredentials('/nowhere/config.json').find('r.example', 'https:'), undefined);
  await t.rejects(find(t, '{"auths":', 'r.example'), { code: 'PEAPOD_REGISTRY_CONFIG', message: /no JSON/ });
  await t.rejects(find(t, { auths: 3 }, 'r.example'), {
    code: 'PEAPOD_REGISTRY_CONFIG',
    message: /at auths/,
  });
  t.equal(await find(t, { psFormat: 'x' }, 'r.example'), undefined, 'what else Docker keeps in it is fine');
});

t.test('readCredentials: a helper has the last word', async (t) => {
  const directory = scratchDirectory(t);
  const asked = join(directory, 'asked');
  const helper = (name: string, script: string) => {
    const path = join(directory, `docker-credential-${name}`);
    writeFileSync(path, `#!/bin/sh\n[ "$1" = get ] || exit 9\ncat > ${asked}\n${script}\n`);
    chmodSync(path, 0o755);
  };
  helper('good', `printf '{"ServerURL":"x","Username":"user","Secret":"pass:word"}'`);
  helper('token', `printf '{"Username":"<token>","Secret":"t"}'`);
  helper('none', `echo 'credentials not found in native keychain'; exit 1`);
  helper('bad', 'echo secret; exit 3');
  helper('odd', 'echo {}');
  const path = process.env.PATH;
  process.env.PATH = `${directory}${delimiter}${path}`;
  t.teardown(() => {
    process.env.PATH = path;
  });
  const auths = { 'r.example': { auth } };
  const ask = (name: string) => find(t, { credsStore: name, auths }, 'r.example');
  t.same(await ask('good'), known);
  t.equal(readFileSync(asked, 'utf8'), 'r.example');
  t.same(await ask('token'), { identityToken: 't' });
  t.equal(await ask('none'), undefined);
  const failed = (message: RegExp) => ({ code: 'PEAPOD_REGISTRY_CONFIG', message });
  await t.rejects(ask('bad'), failed(/docker-credential-bad: it ended with 3$/));
  await t.rejects(ask('odd'), failed(/does not say "Username"/));
  await t.rejects(ask('missing'), failed(/ENOENT/));
  await t.rejects(ask('../../bin/sh'), failed(/no name of a program/));
  const both = { credHelpers: { 'docker.io': 'good' }, credsStore: 'none' };
  t.same(await find(t, both, 'docker.io'), known);
  t.equal(readFileSync(asked, 'utf8'), 'https://index.docker.io/v1/');
});
