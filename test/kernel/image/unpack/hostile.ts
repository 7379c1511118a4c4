import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { defaultLimits } from '../../../../src/image/limits.js';
import { unpackLayer } from '../../../../src/image/unpack/unpack-layer.js';
import { removeTree } from '../../../../src/kernel/remove-tree.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { describeTree } from '../fixtures/describe-tree.js';
import {
  type Archives,
  attributes,
  brokenArchives,
  climbingNames,
  throughLinks,
  whiteoutNames,
} from './fixtures/generated-shapes.js';
import { knownShapes } from './fixtures/known-shapes.js';

const skip = requires('root');
const refusals = ['PEAPOD_IMAGE_INVALID', 'PEAPOD_UNSUPPORTED'];
const limits = { ...defaultLimits, entries: 5000, unpackedBytes: 2 ** 26 };

/** A directory to unpack to, beside one that must stay as it is. */
class Place {
  readonly canary: string;
  readonly #scratch: string;
  readonly #before: unknown;

  constructor(scratch: string) {
    this.#scratch = scratch;
    this.canary = join(scratch, 'canary');
    mkdirSync(this.canary);
    writeFileSync(join(this.canary, 'victim'), 'untouched', { mode: 0o600 });
    this.#before = this.around();
  }

  /** What is outside of the layer. */
  around(): unknown {
    return [readdirSync(this.#scratch), describeTree(this.canary)];
  }

  /** Unpacks an archive; the error's code, or undefined. What is unpacked is described and removed again. */
  async unpack(archive: Buffer): Promise<{ error: NodeJS.ErrnoException | undefined; tree: string }> {
    const [blobPath, directory] = [join(this.#scratch, 'blob'), join(this.#scratch, 'layer')];
    writeFileSync(blobPath, archive);
    mkdirSync(directory);
    const error = await unpackLayer({ blobPath, directory, limits }).then(
      () => undefined,
      (reason) => reason,
    );
    const tree = error === undefined && !isDeep(directory) ? describeTree(directory).join('\n') : '';
    await removeTree(directory);
    await removeTree(blobPath);
    return { error, tree };
  }

  get isUntouched(): boolean {
    return JSON.stringify(this.around()) === JSON.stringify(this.#before);
  }
}

/** Such a tree cannot be described by paths. */
function isDeep(directory: string): boolean {
  return existsSync(join(directory, 'd/d/d'));
}

t.test(
  'hostile layers: what others were attacked with is unpacked inside or refused',
  { skip },
  async (t) => {
    const place = new Place(scratchDirectory(t));
    const shapes = Object.entries(knownShapes(place.canary));
    for (const [what, { outcome, archive }] of shapes) {
      const { error } = await place.unpack(archive);
      t.equal(
        error?.code,
        outcome === 'refused' ? 'PEAPOD_IMAGE_INVALID' : undefined,
        `${what}: ${error?.message}`,
      );
      t.ok(place.isUntouched, `${what}: nothing outside was changed`);
    }
    t.ok(shapes.length >= 50);
  },
);

const generated: Record<string, (canary: string) => Archives> = {
  'names that lead out': climbingNames,
  'links that lead out': throughLinks,
  'names of whiteouts': whiteoutNames,
  'attributes that mean something to the host': attributes,
  'archives that are broken': brokenArchives,
};

for (const [title, make] of Object.entries(generated)) {
  t.test(`hostile layers: ${title}`, { skip }, async (t) => {
    const place = new Place(scratchDirectory(t));
    for (const [what, archive] of Object.entries(make(place.canary))) {
      const { error, tree } = await place.unpack(archive);
      const isFine = error === undefined || refusals.includes(error.code ?? '');
      t.ok(isFine && place.isUntouched, `${what}: ${error?.message ?? 'inside'}`);
      t.notMatch(
        tree,
        /"attributes":\{[^}]*"(?:trusted\.(?!overlay\.opaque":"79"|overlay\.origin":"")|user\.overlay|system|security\.(?!capability))/,
        what,
      );
    }
  });
}
