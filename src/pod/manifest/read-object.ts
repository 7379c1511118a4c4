import { limits } from './limits.js';
import type { ManifestNode, MapEntry, Path, ScalarNode } from './node.js';
import type { ProblemList } from './problem.js';
import { formatPath, quote } from './text.js';

interface Reading {
  readonly list: ProblemList;
  /** Values that may still come; also what ends a getter that makes new objects for ever. */
  nodes: number;
}

/** A JavaScript value as a tree without positions; what JSON cannot say is a problem. */
export function readObject(value: unknown, list: ProblemList): ManifestNode | undefined {
  const before = list.errorCount;
  const node = convert(value, [], { list, nodes: limits.nodes });
  return list.errorCount === before ? node : undefined;
}

function convert(value: unknown, path: Path, reading: Reading): ManifestNode {
  reading.nodes -= 1;
  if (reading.nodes < 0) return refuse(path, reading.nodes === -1 ? 'too many values' : '', reading);
  if (path.length > limits.depth) return refuse(path, `nested deeper than ${limits.depth} levels`, reading);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => convert(item ?? null, [...path, index], reading));
    return { kind: 'list', items, at: undefined };
  }
  // The client libraries of Kubernetes hold times as Date.
  if (value instanceof Date) return scalar(Number.isNaN(value.getTime()) ? '' : value.toISOString());
  if (isPlainObject(value)) return convertMap(value, path, reading);
  return convertScalar(value, path, reading);
}

function convertMap(value: object, path: Path, reading: Reading): ManifestNode {
  const entries: MapEntry[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (key === '__proto__') refuse([...path, key], 'this key is not allowed', reading);
    else entries.push({ key, keyAt: undefined, value: convert(item, [...path, key], reading) });
  }
  return { kind: 'map', entries, at: undefined };
}

function convertScalar(value: unknown, path: Path, reading: Reading): ManifestNode {
  if (typeof value === 'number') return scalar(Number.isSafeInteger(value) ? BigInt(value) : value);
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return scalar(value);
  if (typeof value !== 'string') return refuse(path, `must be a JSON value, not a ${typeof value}`, reading);
  if (!/[\0\p{Surrogate}]/u.test(value)) return scalar(value);
  return refuse(path, `the text ${quote(value)} holds a NUL or half of a character`, reading);
}

function scalar(value: ScalarNode['value']): ScalarNode {
  return { kind: 'scalar', value, text: String(value), at: undefined };
}

/** An empty message is a problem already told. */
function refuse(path: Path, message: string, { list }: Reading): ScalarNode {
  if (message !== '') list.addError({ message, path: formatPath(path) });
  return scalar(null);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
