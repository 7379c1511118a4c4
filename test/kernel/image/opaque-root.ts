import { join } from 'node:path';
import t from 'tap';
import { installImage } from '../../../src/image/install.js';
import { resolveImage } from '../../../src/image/resolve.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { MemorySource } from '../../unit/image/fixtures/memory-source.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';

const skip = requires('root');

t.test('a layer that is opaque at its root hides all layers below it', { skip }, async (t) => {
  const state = join(scratchDirectory(t), 'state');
  const names = ['below', '.wh..wh..opq', 'above'];
  const source = new MemorySource({ layers: names.map((name) => tar({ name, content: name })) });
  const store = await openImageStore(state);
  const { layers } = await installImage(store, source, { reference: 'app' });
  const links = layers.map(({ diffId }) => store.unpacked.get(diffId)?.link);
  t.match(await resolveImage(store, 'app'), { rootfs: { layers: [links[2], links[1]] } });
  await store.layerSync.idle();
  const again = await openImageStore(state);
  const { rootfs } = await resolveImage(again, 'app');
  t.same(rootfs, { kind: 'overlay', layers: [links[2], links[1]] }, 'and is known to be after a restart');
});
