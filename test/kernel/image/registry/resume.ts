import t from 'tap';
import { requires } from '../../../scratch.js';
import { testImage } from './fixtures/image.js';
import { type Answer, answerProperly, type LocalRegistry, send } from './fixtures/local-registry.js';
import { hastyTiming, pull } from './fixtures/pull.js';
import { withRegistries } from './fixtures/with-registries.js';

const skip = requires('root', 'ip');
const piece = 100_000;

/** Sends a piece of what was asked for, and breaks off until the last. */
const inPieces: Answer = ({ asked, response, registry: { image } }) => {
  const { layer } = image;
  const start = Number(/\d+/.exec(asked.headers.range ?? '0')?.[0]);
  const range = `bytes ${start}-${layer.length - 1}/${layer.length}`;
  response.writeHead(start === 0 ? 200 : 206, {
    'content-length': String(layer.length - start),
    ...(start > 0 && { 'content-range': range }),
  });
  const end = start + piece;
  if (end >= layer.length) return response.end(layer.subarray(start));
  return response.write(layer.subarray(start, end), () => response.socket?.destroy());
};

function ranges({ asked, image }: LocalRegistry): (string | undefined)[] {
  return asked.filter(({ url }) => url.endsWith(image.layerDigest)).map(({ headers }) => headers.range);
}

t.test('registry source: a connection that breaks is resumed where it ended', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    registry.behave({ layer: inPieces });
    t.same((await pull(`${registry.host}/a/b`)).blobs, [...image.blobs.values()]);
    const [first, ...others] = ranges(registry);
    t.equal(first, undefined);
    t.same(others, ['bytes=100000-', 'bytes=200000-', 'bytes=300000-']);
  });
});

t.test('registry source: who does not resume sends all of it again', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    registry.behave({
      layer: (turn) => (turn.count === 1 ? inPieces(turn) : send(turn.response, 200, image.layer)),
    });
    t.same((await pull(`${registry.host}/a/b`)).blobs, [...image.blobs.values()]);
    t.same(ranges(registry), [undefined, 'bytes=100000-']);
  });
});

t.test('registry source: who refuses to resume is asked for all of it again', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    registry.behave({
      layer: (turn) => {
        if (turn.count === 1) return inPieces(turn);
        return turn.count === 2 ? send(turn.response, 416) : answerProperly(turn);
      },
    });
    t.same((await pull(`${registry.host}/a/b`)).blobs, [...image.blobs.values()]);
    t.same(ranges(registry), [undefined, 'bytes=100000-', undefined]);
  });
});

t.test('registry source: as long as a connection leads further, it is resumed', { skip }, async (t) => {
  const image = testImage({ layerBytes: 30 * 1024 * 1024 });
  const large: Answer = (turn) => {
    const start = Number(/\d+/.exec(turn.asked.headers.range ?? '0')?.[0]);
    const { layer } = image;
    const range = `bytes ${start}-${layer.length - 1}/${layer.length}`;
    turn.response.writeHead(start === 0 ? 200 : 206, start === 0 ? {} : { 'content-range': range });
    const end = start + 3 * 1024 * 1024;
    if (end >= layer.length) return turn.response.end(layer.subarray(start));
    return turn.response.write(layer.subarray(start, end), () => turn.response.socket?.destroy());
  };
  const work = async (registry: LocalRegistry) => {
    const slept: number[] = [];
    registry.behave({ layer: large });
    t.same((await pull(`${registry.host}/a/b`, { timing: hastyTiming(slept) })).blobs.at(-1), image.layer);
    t.ok(slept.length > 5 && Math.max(...slept) === 1000, `${slept.length} times`);
  };
  await withRegistries(t, work, image);
});
