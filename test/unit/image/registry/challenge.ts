import fc from 'fast-check';
import t from 'tap';
import { parseChallenges } from '../../../../src/image/registry/challenge.js';

function plain(header: string | undefined) {
  return parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } }));
}

t.test('parseChallenges: schemes and their parameters are read', async (t) => {
  t.same(plain('Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'), [
    {
      scheme: 'bearer',
      parameters: { realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
    },
  ]);
  t.same(plain('Basic realm="a \\"b\\", c=d" , charset = utf-8'), [
    { scheme: 'basic', parameters: { realm: 'a "b", c=d', charset: 'utf-8' } },
  ]);
  t.same(plain('Negotiate, Bearer REALM=x, Basic'), [
    { scheme: 'negotiate', parameters: {} },
    { scheme: 'bearer', parameters: { realm: 'x' } },
    { scheme: 'basic', parameters: {} },
  ]);
});

t.test('parseChallenges: what is malformed ends it, what is said twice counts once', async (t) => {
  t.same(plain(undefined), []);
  t.same(plain('"'), []);
  t.same(plain('Bearer realm="x'), [{ scheme: 'bearer', parameters: {} }]);
  t.same(plain('Bearer realm=a,realm=b'), [{ scheme: 'bearer', parameters: { realm: 'a' } }]);
  t.same(plain('Bearer __proto__=a'), [{ scheme: 'bearer', parameters: JSON.parse('{"__proto__":"a"}') }]);
});

t.test('parseChallenges: any header is read in the end', async () => {
  const pieces = fc.constantFrom('Bearer ', 'Basic', ' ', ',', '=', '"', '\\', 'realm', 'x', '\t');
  const header = fc.array(pieces, { maxLength: 200 }).map((parts) => parts.join(''));
  fc.assert(fc.property(fc.oneof(header, fc.string()), (text) => Array.isArray(parseChallenges(text))));
});
