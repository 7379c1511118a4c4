import type { Field, Fields } from './fields/field.js';
import { podFields } from './fields/pod.js';

export interface FieldRow {
  /** Without indexes: `spec.containers.image`. */
  readonly path: string;
  readonly field: Field;
}

/** A field by its path, with or without `[]` and indexes; undefined when the Pod has none such. */
export function findField(path: string): Field | undefined {
  let fields: Fields | undefined = podFields;
  let found: Field | undefined;
  for (const name of path.replace(/\[[^\]]*\]/g, '').split('.')) {
    found = fields === undefined ? undefined : fieldOf(fields, name);
    if (found === undefined) return undefined;
    fields = found.fields;
  }
  return found;
}

/** Every field of the Pod, parents before their children. */
export function* listFields(fields: Fields = podFields, prefix = ''): Generator<FieldRow> {
  for (const [name, field] of Object.entries(fields)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    yield { path, field };
    if (field.fields !== undefined) yield* listFields(field.fields, path);
  }
}

/** A row of the table; names that every object inherits, such as `constructor`, are none. */
export function fieldOf(fields: Fields, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** For a key in the wrong place: the parent of the field of that name that is nearest to the top. */
export function findParent(name: string): string | undefined {
  parents ??= indexParents();
  return parents.get(name);
}

let parents: Map<string, string> | undefined;

function indexParents(): Map<string, string> {
  const index = new Map<string, string>();
  const rows = [...listFields()].filter(({ path }) => !path.startsWith('status'));
  for (const { path } of rows.toSorted((first, second) => depthOf(first.path) - depthOf(second.path))) {
    const dot = path.lastIndexOf('.');
    const name = path.slice(dot + 1);
    if (dot !== -1 && !index.has(name)) index.set(name, path.slice(0, dot));
  }
  return index;
}

function depthOf(path: string): number {
  return path.split('.').length;
}
