import fc from 'fast-check';
import t from 'tap';
import { normalizePath, parseName } from '../../../../src/image/unpack/whiteouts.js';

t.test('parseName: reads entries, whiteouts and opaque directories', async (t) => {
  const names = {
    './a//b/./c/': { kind: 'entry', path: 'a/b/c' },
    '/': { kind: 'entry', path: '' },
    'a/.wh.b': { kind: 'whiteout', path: 'a/b' },
    './.wh.b': { kind: 'whiteout', path: 'b' },
    'a/.wh..b': { kind: 'whiteout', path: 'a/.b' },
    'a/.wh..wh..opq': { kind: 'opaque', path: 'a' },
    '.wh..wh..opq': { kind: 'opaque', path: '' },
    'a/.wh': { kind: 'entry', path: 'a/.wh' },
    'a.wh.b': { kind: 'entry', path: 'a.wh.b' },
  };
  for (const [name, expected] of Object.entries(names)) t.same(parseName(name), expected, name);
});

t.test('parseName: refuses what climbs, lies in a whiteout, or deletes what has no name', async (t) => {
  const names = [
    '..',
    'a/../b',
    '/..',
    '.wh.a/b',
    '.wh..wh..opq/a',
    '.wh.',
    '.wh..',
    '.wh...',
    'a/.wh..wh.b',
  ];
  for (const name of names) t.throws(() => parseName(name), { code: 'PEAPOD_IMAGE_INVALID' }, name);
});

t.test('parseName: whatever the name, a path has plain components only', async () => {
  const part = fc.constantFrom(
    'a',
    '',
    '.',
    '..',
    '.wh.',
    '.wh.a',
    '.wh..',
    '.wh..wh..opq',
    '.wh..wh.a',
    '...',
  );
  const property = fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
    let path: string;
    try {
      path = parseName(parts.join('/')).path;
    } catch {
      return true;
    }
    return path === '' || path.split('/').every((name) => !['', '.', '..'].includes(name));
  });
  fc.assert(property);
});

t.test("normalizePath: a link's target is a path like any other", async (t) => {
  t.equal(normalizePath('/a/./b/'), 'a/b');
  t.throws(() => normalizePath('../a'), { code: 'PEAPOD_IMAGE_INVALID' });
});
