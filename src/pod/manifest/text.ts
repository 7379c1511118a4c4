import { limits } from './limits.js';
import type { ManifestNode, Path } from './node.js';

/** A user's text in double quotes, shortened, with everything escaped that could disturb a terminal. */
export function quote(text: string): string {
  const shown = text.length > limits.quoted ? `${text.slice(0, limits.quoted)}…` : text;
  return JSON.stringify(shown).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, '0')}`;
}

/** `spec.containers[0].image`, and `metadata.labels["app.kubernetes.io/name"]` for keys that hold other signs. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (!/^[A-Za-z_][\w-]{0,79}$/.test(segment)) text += `[${quote(segment)}]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}

/** What a value is, for "must be a string, not the integer 80". */
export function describeNode(node: ManifestNode): string {
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'null';
  if (typeof node.value === 'string') return `the string ${quote(node.value)}`;
  const text = quote(node.text).slice(1, -1);
  if (typeof node.value === 'boolean') return `the boolean ${text}`;
  return typeof node.value === 'bigint' ? `the integer ${text}` : `the number ${text}`;
}

/** `a, b or c` */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
