import { createHash } from 'node:crypto';
import { Pace } from '../kernel/pace.js';
import { type Entry, showName } from './entry.js';
import { readTree } from './tree.js';

const comparedFields = ['type', 'mode', 'uid', 'gid', 'mtimeNs', 'size', 'target', 'major', 'minor'] as const;

/**
 * The first thing in which the tree `actual` is not what `expected` is, as text for messages, for example
 * `"etc/passwd": its content differs`; undefined if there is none. All is compared: names, types, modes, owners, times,
 * link targets, devices, attributes and contents. Throws what reading one of them throws.
 */
export async function findDifference(expected: string, actual: string): Promise<string | undefined> {
  const all = { keepsAttribute: () => true };
  const [wanted, found] = [readTree(expected, all), readTree(actual, all)];
  const pace = new Pace();
  try {
    for (;;) {
      const [left, right] = [(await wanted.next()).value, (await found.next()).value];
      if (left === undefined && right === undefined) return undefined;
      const difference = await compareEntries(left, right);
      if (difference !== undefined) return difference;
      await pace.rest();
    }
  } finally {
    await Promise.all([wanted.return(undefined), found.return(undefined)]);
  }
}

/** Both trees come in the same order: of two different paths the first one is missing on the other side. */
async function compareEntries(wanted?: Entry, found?: Entry): Promise<string | undefined> {
  if (wanted === undefined || found === undefined || wanted.path !== found.path) {
    return `${showName((wanted ?? found)?.path ?? '')}: the names there differ`;
  }
  const field = comparedFields.find((name) => wanted[name] !== found[name] && !isUnsaid(wanted, name));
  const what = field ?? (hasSameAttributes(wanted, found) ? undefined : 'attributes');
  if (what !== undefined) return `${showName(wanted.path)}: its ${what} differs`;
  const isSame = (await hashBody(wanted)) === (await hashBody(found));
  return isSame ? undefined : `${showName(wanted.path)}: its content differs`;
}

/** A whiteout is a name that is no more: no archive says when that was. */
function isUnsaid({ type, major, minor }: Entry, field: string): boolean {
  return field === 'mtimeNs' && type === 'characterDevice' && major === 0 && minor === 0;
}

function hasSameAttributes({ attributes: wanted }: Entry, { attributes: found }: Entry): boolean {
  return wanted.size === found.size && [...wanted].every(([name, value]) => found.get(name)?.equals(value));
}

async function hashBody({ body }: Entry): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of body) hash.update(piece);
  return hash.digest('hex');
}
