import fc from 'fast-check';
import t from 'tap';
import { backOffKey, specHash } from '../../../src/pod/spec-hash.js';
import { makeContainer } from './fixtures/make-pod.js';

t.test('the hash of a container stays the same from one version to the next', async (t) => {
  t.equal(
    specHash(makeContainer('app', { args: ['a'], env: [{ name: 'A', value: 'b' }] })),
    '2edbc90e26612411',
  );
});

t.test('neither the order of keys nor a key without a value changes it', async () => {
  const value = fc.jsonValue();
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (fields) => {
      const reversed = Object.fromEntries(Object.entries(fields).reverse());
      const container = makeContainer('app', fields);
      return (
        specHash(container) ===
        specHash({ ...reversed, none: undefined, ...makeContainer('app', fields) } as never)
      );
    }),
  );
});

t.test('every other change does', async (t) => {
  const plain = makeContainer('app');
  const changed = [{ image: 'x' }, { command: ['a'] }, { env: [] }, { tty: true }].map((more) => ({
    ...plain,
    ...more,
  }));
  t.equal(new Set([plain, ...changed].map(specHash)).size, 5);
});

t.test('a back-off is about image and resources only', async (t) => {
  const plain = makeContainer('app');
  t.equal(backOffKey(plain), backOffKey({ ...plain, command: ['a'] }));
  t.not(backOffKey(plain), backOffKey({ ...plain, image: 'x' }));
  t.not(backOffKey(plain), backOffKey({ ...plain, resources: { limits: { cpu: '1' } } }));
});
