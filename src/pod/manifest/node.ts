/** A manifest as a tree: what YAML, JSON and JavaScript objects have in common, with the place of each value. */

/** Both count from 1; columns count UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: Position | undefined;
  readonly value: ManifestNode;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
  readonly at: Position | undefined;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly ManifestNode[];
  readonly at: Position | undefined;
}

export type ScalarValue = string | number | bigint | boolean | null;

export interface ScalarNode {
  readonly kind: 'scalar';
  /** Whole numbers are bigints: a 64-bit id must not be rounded. */
  readonly value: ScalarValue;
  /** As it was written, for messages and quantities. */
  readonly text: string;
  readonly at: Position | undefined;
}

export type ManifestNode = MapNode | ListNode | ScalarNode;

export type Path = readonly (string | number)[];

/** The value of a key, the last one when it is there twice. */
export function entryOf(node: ManifestNode | undefined, key: string): MapEntry | undefined {
  return node?.kind === 'map' ? node.entries.findLast((entry) => entry.key === key) : undefined;
}

export function isNull(node: ManifestNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** True for null, `{}` and `[]`, which generated manifests are full of. */
export function isEmpty(node: ManifestNode): boolean {
  if (node.kind === 'map') return node.entries.length === 0;
  return node.kind === 'list' ? node.items.length === 0 : node.value === null;
}

/** The plain JSON value; a whole number beyond 2^53 becomes the nearest double, as in JSON.parse. */
export function toPlain(node: ManifestNode): unknown {
  if (node.kind === 'map') {
    return Object.fromEntries(node.entries.map(({ key, value }) => [key, toPlain(value)]));
  }
  if (node.kind === 'list') return node.items.map(toPlain);
  return typeof node.value === 'bigint' ? Number(node.value) : node.value;
}
