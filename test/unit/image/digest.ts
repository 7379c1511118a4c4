import t from 'tap';
import { digestHex, digestOf, isDigest, parseDigest } from '../../../src/image/digest.js';

const hex = 'ab'.repeat(32);

t.test('parseDigest: only sha256 and 64 lowercase hex digits may become part of a path', async (t) => {
  t.equal(digestHex(parseDigest(`sha256:${hex}`)), hex);
  const others = ['', hex, `sha256:${hex}0`, `sha256:${hex.slice(1)}`, `sha256:${hex.toUpperCase()}`];
  const hostile = [
    `sha512:${hex}${hex}`,
    `sha256:../../${hex.slice(6)}`,
    `sha256:${hex}\n`,
    `SHA256:${hex}`,
    `sha256:${'/'.repeat(64)}`,
  ];
  for (const text of [...others, ...hostile]) {
    t.throws(() => parseDigest(text), { code: 'PEAPOD_IMAGE_INVALID' }, JSON.stringify(text));
  }
  for (const value of [undefined, null, 7, [`sha256:${hex}`]]) t.notOk(isDigest(value));
});

t.test('digestOf: is what sha256sum says', async (t) => {
  t.equal(
    digestOf(Buffer.alloc(0)),
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});
