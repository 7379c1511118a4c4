import { checkScalar } from './check-scalar.js';
import type { Field, Fields, Support } from './fields/field.js';
import { formats } from './formats.js';
import { fieldOf, findParent } from './lookup.js';
import {
  isEmpty,
  isNull,
  type ListNode,
  type ManifestNode,
  type MapNode,
  type Path,
  toPlain,
} from './node.js';
import type { Report } from './report.js';
import { didYouMean } from './suggest.js';
import { describeNode, listWords } from './text.js';

/** Where a value stands. */
interface Place {
  readonly path: Path;
  readonly report: Report;
  /** Inside a field that is not supported yet: said once, not again for its children. */
  readonly isInLater: boolean;
}

/**
 * Holds a tree against the table of fields and reports what differs.
 *
 * @returns the plain value with defaults set. Where the tree is wrong the value is left out (an empty object stands
 * in for an item of a list, so that indexes stay), so whoever reads on must expect gaps until the report is empty.
 */
export function checkFields(node: ManifestNode, fields: Fields, report: Report): Record<string, unknown> {
  return checkObject(node, { type: 'object', about: '', fields }, { path: [], report, isInLater: false });
}

function checkObject(node: ManifestNode, field: Field, place: Place): Record<string, unknown> {
  const fields = field.fields as Fields;
  if (node.kind !== 'map') {
    reportType(node, 'a mapping', place);
    return {};
  }
  const found: [string, unknown][] = [];
  for (const { key, value } of node.entries) {
    const path = [...place.path, key];
    const child = fieldOf(fields, key);
    if (child === undefined) reportUnknown(key, fields, { ...place, path });
    else if (!isNull(value)) found.push([key, checkField(value, child, { ...place, path })]);
  }
  checkChoice(node, field, place);
  return withDefaults(Object.fromEntries(found.filter(([, value]) => value !== undefined)), node, {
    fields,
    place,
  });
}

function reportUnknown(key: string, fields: Fields, { path, report }: Place): void {
  const near = didYouMean(key, Object.keys(fields));
  const parent = near === undefined ? findParent(key) : undefined;
  report.unknown(path, near ?? (parent === undefined ? undefined : `"${key}" is a field of ${parent}`));
}

function withDefaults(
  value: Record<string, unknown>,
  node: MapNode,
  { fields, place }: { fields: Fields; place: Place },
): Record<string, unknown> {
  const stated = new Set(node.entries.filter((entry) => !isNull(entry.value)).map((entry) => entry.key));
  for (const [name, field] of Object.entries(fields)) {
    if (stated.has(name)) continue;
    if (field.required === true) place.report.error([...place.path, name], 'is required');
    else if (field.default !== undefined) value[name] = structuredClone(field.default);
  }
  return value;
}

/** A key without a value does not choose: to Kubernetes it is not there. */
function checkChoice(node: MapNode, { choose }: Field, { path, report }: Place): void {
  if (choose === undefined) return;
  const chosen = node.entries.filter(({ key, value }) => choose.of.includes(key) && !isNull(value));
  if (chosen.length > 1) {
    const names = chosen.map(({ key }) => key);
    report.error([...path, names[1] as string], `only one of ${listWords(names)} may be set`, { on: 'key' });
  } else if (chosen.length === 0 && choose.required) {
    report.error(path, `one of ${listWords(choose.of)} is required`);
  }
}

function checkField(node: ManifestNode, field: Field, place: Place): unknown {
  if (field.support === 'readonly') return dropReadonly(node, place);
  if (field.support === 'refused') {
    place.report.error(place.path, `is not available here: ${field.because}`, { on: 'key' });
    return undefined;
  }
  if (field.support === 'cluster' && !isEmpty(node)) {
    const because = field.because ?? 'needs a cluster';
    if (!place.isInLater && !isDefault(node, field)) place.report.ignored(place.path, because);
    if (field.type === 'object' || field.type === 'any') return toPlain(node);
  }
  if (field.support === 'later' && !place.isInLater) return checkLater(node, field, place);
  return checkShape(node, field, place);
}

/** The default of a field without effect is in every pod that was read back. */
function isDefault(node: ManifestNode, field: Field): boolean {
  return node.kind === 'scalar' && node.value === field.default;
}

function dropReadonly(node: ManifestNode, { path, report }: Place): undefined {
  if (!isEmpty(node)) report.ignored(path, 'peapod sets it');
}

function checkLater(node: ManifestNode, field: Field, place: Place): unknown {
  const message = 'is not supported yet';
  if (field.isEssential === true) place.report.error(place.path, message, { on: 'key' });
  else if (!isEmpty(node)) place.report.later(place.path, message, { on: 'key' });
  return checkShape(node, field, { ...place, isInLater: true });
}

function checkShape(node: ManifestNode, field: Field, place: Place): unknown {
  if (field.shape === 'list') return checkList(node, field, place);
  return field.shape === 'map' ? checkMap(node, field, place) : checkValue(node, field, place);
}

function checkList(node: ManifestNode, field: Field, place: Place): unknown {
  if (node.kind !== 'list') {
    const hint = node.kind === 'map' ? 'begin each item with "- "' : undefined;
    reportType(node, 'a list', place, hint);
    return undefined;
  }
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = field;
  const count = node.items.length;
  if (count < minItems) place.report.error(place.path, `must have at least ${minItems} item`);
  if (count > maxItems) place.report.error(place.path, `must have at most ${maxItems} items, not ${count}`);
  return checkItems(node, field, { ...place, maxItems });
}

/** Items beyond the limit are not looked at: there may be very many. */
function checkItems(
  node: ListNode,
  field: Field,
  { maxItems, ...place }: Place & { maxItems: number },
): unknown[] {
  return node.items.slice(0, maxItems).map((item, index) => {
    const value = checkValue(item, field, { ...place, path: [...place.path, index] });
    return value ?? (field.type === 'object' ? {} : '');
  });
}

function checkMap(node: ManifestNode, field: Field, place: Place): unknown {
  if (node.kind !== 'map') {
    reportType(node, 'a mapping', place);
    return undefined;
  }
  const entries = node.entries.map(({ key, value }) => {
    const path = [...place.path, key];
    const flaw = field.keyFormat === undefined ? undefined : formats[field.keyFormat](key);
    if (flaw !== undefined) place.report.error(path, flaw.message, { hint: flaw.hint, on: 'key' });
    // Go's decoder makes an empty string of it, and so do kubectl's users.
    return [key, isNull(value) ? '' : checkValue(value, field, { ...place, path })] as const;
  });
  return Object.fromEntries(entries);
}

function checkValue(node: ManifestNode, field: Field, place: Place): unknown {
  if (field.type === 'object') return checkObject(node, field, place);
  if (field.type === 'any') return checkAny(node, place);
  if (node.kind !== 'scalar') return reportType(node, `a ${scalarNames[field.type]}`, place);
  const { value, flaw } = checkScalar(node, field);
  if (flaw?.isLater === true) place.report.error(place.path, flaw.message);
  else if (flaw !== undefined) place.report.error(place.path, flaw.message, { hint: flaw.hint });
  else checkSupport(value, field, place);
  return value;
}

const scalarNames = {
  string: 'string',
  integer: 'whole number',
  boolean: 'boolean',
  quantity: 'quantity',
  portOrName: 'port number or name',
  time: 'time',
} as const;

function checkAny(node: ManifestNode, place: Place): unknown {
  if (node.kind === 'scalar') return reportType(node, 'a mapping', place);
  return toPlain(node);
}

function checkSupport(value: unknown, { values }: Field, { path, report, isInLater }: Place): void {
  const support: Support | undefined = values?.[String(value)];
  if (support === 'later' && !isInLater) report.later(path, `${JSON.stringify(value)} is not supported yet`);
}

function reportType(node: ManifestNode, expected: string, { path, report }: Place, hint?: string): undefined {
  report.error(path, `must be ${expected}, not ${describeNode(node)}`, { hint });
}
