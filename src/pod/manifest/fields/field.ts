import type { FormatName } from '../formats.js';

/**
 * What this version does with a field that a manifest states:
 * - `supported`  honours it (the default)
 * - `cluster`    keeps it and warns: only a cluster could act on it
 * - `readonly`   drops it and warns: peapod itself sets it
 * - `later`      Kubernetes has it, this version not yet: an error, a warning when validation is relaxed
 * - `refused`    no single host can or should do it: always an error
 */
export type Support = 'supported' | 'cluster' | 'readonly' | 'later' | 'refused';

/** `any` is an object whose inside this table does not describe. */
export type FieldType =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'quantity'
  | 'portOrName'
  | 'time'
  | 'object'
  | 'any';

export type Fields = Readonly<Record<string, Field>>;

/** What a value of the field must fulfil beyond its type. */
export interface FieldRules {
  readonly required?: boolean;
  /** Set when the manifest does not state the field and its parent is there. */
  readonly default?: unknown;
  /** The values Kubernetes knows, by their text, and how far each is supported. */
  readonly values?: Readonly<Record<string, Support>>;
  /** Of an integer or a quantity, inclusive. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: FormatName;
  /** Of the keys of a map. */
  readonly keyFormat?: FormatName;
  /** Of a list. */
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Of an object: only one of these may be there, and one must be if `required` says so. */
  readonly choose?: { readonly of: readonly string[]; readonly required: boolean };
}

export interface Field extends FieldRules {
  readonly type: FieldType;
  /** One value when absent. */
  readonly shape?: 'list' | 'map';
  /** One sentence, for docs/pod-fields.md. */
  readonly about: string;
  /** Of an object. */
  readonly fields?: Fields;
  readonly support?: Support;
  /** Why it is not honoured, when it is not simply that it needs a cluster. */
  readonly because?: string;
  /** Without it the pod would be another pod: while it is `later`, no relaxed validation lets it pass. */
  readonly isEssential?: boolean;
}

export function string(about: string, rules: FieldRules = {}): Field {
  return { type: 'string', about, ...rules };
}

/** Whole numbers; without other bounds those a double holds exactly. */
export function integer(about: string, rules: FieldRules = {}): Field {
  return { type: 'integer', about, ...rules };
}

export function boolean(about: string, rules: FieldRules = {}): Field {
  return { type: 'boolean', about, ...rules };
}

export function quantity(about: string, rules: FieldRules = {}): Field {
  return { type: 'quantity', about, minimum: 0, ...rules };
}

export function portOrName(about: string, rules: FieldRules = {}): Field {
  return { type: 'portOrName', about, ...rules };
}

export function time(about: string): Field {
  return { type: 'time', about };
}

export function object(fields: Fields, about: string, rules: FieldRules = {}): Field {
  return { type: 'object', fields, about, ...rules };
}

export function any(about: string): Field {
  return { type: 'any', about };
}

export function list(field: Field, rules: FieldRules = {}): Field {
  return { ...field, ...rules, shape: 'list' };
}

export function map(field: Field, rules: FieldRules = {}): Field {
  return { ...field, ...rules, shape: 'map' };
}

export function cluster(field: Field, because?: string): Field {
  return { ...field, support: 'cluster', ...(because === undefined ? undefined : { because }) };
}

export function readonly(field: Field): Field {
  return { ...field, support: 'readonly' };
}

export function later(field: Field): Field {
  return { ...field, support: 'later' };
}

/** `later`, and too important to be left out by a relaxed validation. */
export function essentialLater(field: Field): Field {
  return { ...field, support: 'later', isEssential: true };
}

export function refused(field: Field, because: string): Field {
  return { ...field, support: 'refused', because };
}

/** Values that are all honoured. */
export function values(...words: string[]): Readonly<Record<string, Support>> {
  return Object.fromEntries(words.map((word) => [word, 'supported' as const]));
}
