import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Scalar,
} from 'yaml';
import { BoundedParser, tooDeep, tooMany, Unreadable } from './bounded-parser.js';
import { limits } from './limits.js';
import { isNull, type ManifestNode, type MapEntry, type Path, type Position } from './node.js';
import { type ProblemList, positionOf } from './problem.js';
import { resolvePlainScalar } from './scalar.js';
import { formatPath, quote } from './text.js';

/** Scalars are resolved here, tags refused, and duplicate keys found in linear time: `yaml`'s own search is not. */
const composerOptions = { schema: 'failsafe', uniqueKeys: false, merge: false, prettyErrors: false } as const;
const allowedTags = new Set(['tag:yaml.org,2002:str', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq']);

/** What all documents of a text share. */
interface Source {
  readonly list: ProblemList;
  readonly lines: LineCounter;
  /** Values that may still come, aliases expanded. */
  readonly budget: { nodes: number };
}

interface Reading extends Source {
  readonly anchors: Map<string, Node>;
  /** Of the list, before this document. */
  readonly errorCount: number;
  aliases: number;
}

/**
 * Reads YAML or JSON, one or more documents; empty ones are left out. Problems go to the list. A document whose
 * syntax is broken is left out too: what it seems to say is not worth checking.
 *
 * Only this file and its parser load `yaml` (40 ms): import them when there is a manifest to read.
 */
export function readYaml(text: string, list: ProblemList): ManifestNode[] {
  if (Buffer.byteLength(text) > limits.bytes) {
    list.addError({ message: `larger than ${limits.bytes / 1024} KiB`, path: '', line: 1, column: 1 });
    return [];
  }
  const source = { list, lines: new LineCounter(), budget: { nodes: limits.nodes } };
  try {
    return [...readDocuments(text, source)];
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    addError(source, [], error.message, error.offset);
    return [];
  }
}

function* readDocuments(text: string, source: Source): Generator<ManifestNode> {
  const tokens = new BoundedParser(source.lines.addNewLine).parse(text);
  let count = 0;
  for (const document of new Composer(composerOptions).compose(tokens)) {
    const { errorCount } = source.list;
    const node = readDocument(document, { ...source, anchors: new Map(), errorCount, aliases: 0 });
    if (node === undefined || isNull(node)) continue;
    count += 1;
    if (count > limits.documents) throw new Unreadable(tooMany, document.range[0]);
    yield node;
  }
}

function readDocument(document: Document.Parsed, reading: Reading): ManifestNode | undefined {
  for (const { code, message, pos } of document.errors) {
    if (code !== 'TAG_RESOLVE_FAILED') addError(reading, [], message.replace(/\.$/, ''), pos[0]);
  }
  if (document.contents === null || reading.list.errorCount > reading.errorCount) return undefined;
  return convert(document.contents as Node, [], reading);
}

/** One level is one segment of the path, so its length is the depth. */
function convert(node: Node, path: Path, reading: Reading): ManifestNode {
  const offset = node.range?.[0] ?? 0;
  reading.budget.nodes -= 1;
  if (reading.budget.nodes < 0) throw new Unreadable(tooMany, offset);
  if (path.length >= limits.depth) throw new Unreadable(tooDeep, offset);
  if (isAlias(node)) return convert(resolveAlias(node.source, offset, reading), path, reading);
  checkTag(node, path, reading);
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, node);
  const at = positionAt(reading.lines, offset);
  if (isMap(node))
    return { kind: 'map', entries: convertEntries(node.items as MapItem[], path, reading), at };
  if (isSeq(node)) {
    const items = node.items.map((item, index) => convert(item as Node, [...path, index], reading));
    return { kind: 'list', items, at };
  }
  return convertScalar(node as Scalar, path, reading);
}

interface MapItem {
  readonly key: Node;
  readonly value: Node | null;
}

function convertEntries(items: readonly MapItem[], path: Path, reading: Reading): MapEntry[] {
  const entries: MapEntry[] = [];
  const seen = new Set<string>();
  for (const { key: node, value } of items) {
    const offset = node.range?.[0] ?? 0;
    const key = isScalar(node) ? String(node.value) : '';
    const flaw = isScalar(node) ? findKeyFlaw(key, seen) : 'a key must be a word';
    if (flaw !== undefined) addError(reading, isScalar(node) ? [...path, key] : path, flaw, offset);
    else entries.push(convertEntry({ key, value, at: positionAt(reading.lines, offset) }, path, reading));
    seen.add(key);
    if (node.anchor !== undefined) reading.anchors.set(node.anchor, node);
  }
  return entries;
}

function findKeyFlaw(key: string, seen: ReadonlySet<string>): string | undefined {
  if (key === '<<') return 'merge keys are not allowed';
  if (key === '__proto__') return 'this key is not allowed';
  return seen.has(key) ? 'the key is here twice' : undefined;
}

interface Pair {
  readonly key: string;
  readonly value: Node | null;
  readonly at: Position;
}

/** A key without a value points at the key: the place of nothing is hard to see. */
function convertEntry({ key, value, at }: Pair, path: Path, reading: Reading): MapEntry {
  const node = value === null ? undefined : convert(value, [...path, key], reading);
  if (node !== undefined && !(isNull(node) && isScalar(value) && value.source === '')) {
    return { key, keyAt: at, value: node };
  }
  return { key, keyAt: at, value: { kind: 'scalar', value: null, text: '', at } };
}

function convertScalar(node: Scalar, path: Path, reading: Reading): ManifestNode {
  const text = String(node.value);
  const offset = node.range?.[0] ?? 0;
  const isPlain = node.type === Scalar.PLAIN && node.tag === undefined;
  if (/[\0\p{Surrogate}]/u.test(text)) {
    addError(reading, path, 'the text holds a NUL or half of a character', offset);
  }
  const value = isPlain ? resolvePlainScalar(text) : text;
  return { kind: 'scalar', value, text, at: positionAt(reading.lines, offset) };
}

function resolveAlias(name: string, offset: number, reading: Reading): Node {
  reading.aliases += 1;
  if (reading.aliases > limits.aliases) throw new Unreadable(`more than ${limits.aliases} aliases`, offset);
  const target = reading.anchors.get(name);
  if (target === undefined) throw new Unreadable(`no anchor ${quote(name)} before this alias`, offset);
  return target;
}

function checkTag(node: Node, path: Path, reading: Reading): void {
  const { tag, range } = node as { tag?: string; range?: readonly number[] };
  if (tag === undefined || allowedTags.has(tag)) return;
  addError(reading, path, `the tag ${quote(tag)} is not allowed`, range?.[0] ?? 0);
}

function addError({ list, lines }: Source, path: Path, message: string, offset: number): void {
  list.addError({ message, path: formatPath(path), ...positionOf(positionAt(lines, offset)) });
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
