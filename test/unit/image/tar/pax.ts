import t from 'tap';
import { mergePax, parsePax, paxAttributes } from '../../../../src/image/tar/pax.js';
import { pax } from '../fixtures/tar-bytes.js';

t.test('paxAttributes: reads both forms, that of libarchive only where it is alone', async (t) => {
  const records = parsePax(
    pax({
      'LIBARCHIVE.xattr.user.a%3db%25': 'AID/Cg',
      'LIBARCHIVE.xattr.user.both': 'eA==',
      'SCHILY.xattr.user.both': 'y',
      'LIBARCHIVE.xattr.user.empty': '',
      'SCHILY.xattr.user.nothing': '',
      comment: 'is no attribute',
    }),
  );
  const attributes = [...paxAttributes(mergePax(new Map(), records))];
  t.same(
    attributes.map(([name, value]) => [name, value.toString('hex')]),
    [
      ['user.a=b%', '0080ff0a'],
      ['user.both', '79'],
      ['user.empty', ''],
      ['user.nothing', ''],
    ],
  );
});
