import { PeapodError } from '../errors.js';
import { suggest } from '../pod/manifest/suggest.js';
import type { Context } from './context.js';

const podKinds = ['pod', 'pods', 'po'];

/** Pod names of `pods`, `pod a b`, `pod/a pod/b` or plain names; none means all. Throws PEAPOD_USAGE. */
export function parsePods(words: readonly string[], context: Context): string[] {
  const [kind = '', ...names] = words;
  if (podKinds.includes(kind)) return names.map((name) => context.podName(name));
  return words.map((word) => context.podName(word));
}

/** As `parsePods`, but the first word must be a kind, as kubectl's `get` has it. */
export function parseKindAndPods(words: readonly string[], context: Context): string[] {
  const kind = (words[0] ?? '').split('/', 1)[0] as string;
  if (podKinds.includes(kind)) return parsePods(words, context);
  const near = suggest(kind, podKinds);
  throw new PeapodError('PEAPOD_USAGE', `The kind "${kind}" is not known`, {
    hint: near === undefined ? 'Write "pods", or "pod NAME"' : `Did you mean "${near}"?`,
  });
}
