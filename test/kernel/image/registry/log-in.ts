import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { readCredentials } from '../../../../src/image/registry/auth-file.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { send } from './fixtures/local-registry.js';
import { tokenService, wantPassword, wantToken } from './fixtures/log-in.js';
import { hastyTiming, pull } from './fixtures/pull.js';
import { withRegistries } from './fixtures/with-registries.js';

const skip = requires('root', 'ip');
const basic = `Basic ${Buffer.from('user:pass:word').toString('base64')}`;

function authFile(t: Parameters<typeof scratchDirectory>[0], content: object): string {
  const path = join(scratchDirectory(t), 'config.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

t.test('registry source: a user and password of the file let in', { skip }, async (t) => {
  await withRegistries(t, async (registry, other, image) => {
    const auth = Buffer.from('user:pass:word').toString('base64');
    const credentials = readCredentials(authFile(t, { auths: { [registry.host]: { auth } } }));
    wantPassword(registry, 'user:pass:word');
    t.same((await pull(`${registry.host}/a/b`, { credentials })).blobs, [...image.blobs.values()]);
    t.ok(registry.asked.filter(({ headers }) => headers.authorization === undefined).length <= 1);
    wantPassword(other, 'user:pass:word');
    const refused = { code: 'PEAPOD_IMAGE_MISSING', hint: new RegExp(credentials.place as string) };
    await t.rejects(pull(`${other.host}/a/b`, { credentials }), refused, 'they are for another registry');
    t.same(new Set(other.asked.map(({ headers }) => headers.authorization)), new Set([undefined]));
  });
});

t.test('registry source: a wrong password is told apart from none', { skip }, async (t) => {
  await withRegistries(t, async (registry) => {
    const auths = { [registry.host]: { username: 'user', password: 'wrong' } };
    const credentials = readCredentials(authFile(t, { auths }));
    wantPassword(registry, 'user:right');
    const refused = { code: 'PEAPOD_REGISTRY_DENIED', hint: /docker login/ };
    await t.rejects(pull(`${registry.host}/a/b`, { credentials }), refused);
  });
});

t.test('registry source: a token is fetched once for nobody in particular', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    const service = tokenService((authorization) => authorization === undefined);
    wantToken(registry, service);
    t.same((await pull(`${registry.host}/a/b`)).blobs, [...image.blobs.values()]);
    const asked = registry.asked.filter(({ url }) => url.startsWith('/token'));
    t.equal(asked.length, 1);
    const parameters = new URL(asked[0]?.url ?? '', registry.origin).searchParams;
    t.same(Object.fromEntries(parameters), { service: 'the, "service"', scope: 'repository:a/b:pull' });
  });
});

t.test('registry source: a token is fetched with a password, or with another token', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    const withPassword = { auths: { [registry.host]: { username: 'user', password: 'pass:word' } } };
    const services = [
      { content: withPassword, service: tokenService((authorization) => authorization === basic) },
      {
        content: { auths: { [registry.host]: { identitytoken: 'refresh me' } } },
        service: tokenService((authorization, body) => {
          const form = new URLSearchParams(body);
          return (
            authorization === undefined &&
            form.get('refresh_token') === 'refresh me' &&
            form.get('grant_type') === 'refresh_token' &&
            form.get('scope') === 'repository:a/b:pull'
          );
        }),
      },
    ];
    for (const { content, service } of services) {
      wantToken(registry, service);
      const credentials = readCredentials(authFile(t, content));
      t.same((await pull(`${registry.host}/a/b`, { credentials })).blobs, [...image.blobs.values()]);
    }
  });
});

t.test(
  'registry source: a token that has expired is replaced, once for all who need it',
  { skip },
  async (t) => {
    await withRegistries(t, async (registry, _, image) => {
      const service = tokenService(() => true);
      let now = 0;
      const timing = { ...hastyTiming(), now: () => now };
      wantToken(registry, service);
      const { manifest } = registry.behaviour;
      registry.behave({
        ...registry.behaviour,
        manifest: (turn) => {
          const answered = manifest?.(turn);
          if (turn.count > 1) now += 290_000;
          return answered;
        },
      });
      t.same((await pull(`${registry.host}/a/b`, { timing })).blobs, [...image.blobs.values()]);
      t.equal(service.good.size, 1, 'it is good for five minutes');
      registry.behave({ ...registry.behaviour });
      service.expiresIn = 100;
      t.same((await pull(`${registry.host}/a/b`, { timing })).blobs, [...image.blobs.values()]);
      t.equal(service.good.size, 3, 'one for the manifest, one for all blobs');
    });
  },
);

t.test('registry source: a token that is revoked is replaced, once', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    const service = tokenService(() => true);
    wantToken(registry, service);
    const { behaviour } = registry;
    registry.behave({
      ...behaviour,
      layer: async (turn) => {
        // Its refusal comes when others have had theirs, and another token.
        if (turn.count === 1) {
          service.good.delete('token-0');
          while (!service.good.has('token-1')) await setImmediate();
          return send(turn.response, 401, '', { 'www-authenticate': challenge });
        }
        return behaviour.layer?.(turn);
      },
      any: async (turn) => {
        const isOther = turn.asked.url.includes('/blobs/') && !turn.asked.url.endsWith(image.layerDigest);
        while (isOther && service.good.has('token-0')) await setImmediate();
        return turn.asked.url.endsWith(image.layerDigest) ? false : behaviour.any?.(turn);
      },
    });
    const challenge = `Bearer realm="${registry.origin}/token"`;
    t.same((await pull(`${registry.host}/a/b`)).blobs, [...image.blobs.values()]);
    t.equal(registry.asked.filter(({ url }) => url.startsWith('/token')).length, 2);
  });
});

t.test('registry source: a redirection elsewhere does not take the log-in along', { skip }, async (t) => {
  await withRegistries(t, async (registry, elsewhere, image) => {
    wantPassword(registry, 'user:secret');
    const { any } = registry.behaviour;
    registry.behave({
      any: (turn) => {
        if (any?.(turn) !== false) return true;
        if (!turn.asked.url.includes('/blobs/')) return false;
        const origin = turn.asked.url.includes('?') ? elsewhere.origin : '';
        turn.response.writeHead(307, { location: `${origin}${turn.asked.url}?signed` }).end();
        return true;
      },
    });
    elsewhere.behave({
      any: (turn) => {
        (turn.asked as { url: string }).url = turn.asked.url.replace(/\?.*/, '');
        return false;
      },
    });
    const credentials = {
      place: undefined,
      find: async (name: string) =>
        name === registry.host ? { username: 'user', password: 'secret' } : undefined,
    };
    t.same((await pull(`${registry.host}/a/b`, { credentials })).blobs, [...image.blobs.values()]);
    const redirected = registry.asked.filter(({ url }) => url.endsWith('?signed'));
    t.ok(redirected.length >= 3 && redirected.every(({ headers }) => headers.authorization !== undefined));
    t.ok(elsewhere.asked.length >= 3);
    t.same(new Set(elsewhere.asked.map(({ headers }) => headers.authorization)), new Set([undefined]));
    // It would have the password sent to itself.
    const challenge = { 'www-authenticate': `Bearer realm="${elsewhere.origin}/token"` };
    elsewhere.behave({ any: ({ response }) => response.writeHead(401, challenge).end() });
    await t.rejects(pull(`${registry.host}/a/b`, { credentials }), { code: 'PEAPOD_REGISTRY_DENIED' });
    t.same(new Set(elsewhere.asked.map(({ headers }) => headers.authorization)), new Set([undefined]));
  });
});
