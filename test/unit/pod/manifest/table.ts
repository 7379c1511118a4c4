import t from 'tap';
import ts from 'typescript';
import { checkFields } from '../../../../src/pod/manifest/check-fields.js';
import type { Field } from '../../../../src/pod/manifest/fields/field.js';
import { podFields } from '../../../../src/pod/manifest/fields/pod.js';
import type { FormatName } from '../../../../src/pod/manifest/formats.js';
import { findField, listFields } from '../../../../src/pod/manifest/lookup.js';
import type { ManifestNode } from '../../../../src/pod/manifest/node.js';
import { ProblemList } from '../../../../src/pod/manifest/problem.js';
import { readObject } from '../../../../src/pod/manifest/read-object.js';
import { Report } from '../../../../src/pod/manifest/report.js';

const rows = [...listFields()];

t.test('every row says what the field is, in one sentence', async (t) => {
  t.same(
    rows.filter(({ field }) => !/^\S.*\.$/.test(field.about)),
    [],
  );
  t.same(
    rows.filter(({ field }) => field.support === 'refused' && field.because === undefined),
    [],
  );
  t.same(
    rows.filter(({ field }) => (field.type === 'object') !== (field.fields !== undefined)),
    [],
  );
});

t.test('every row is found by its path, with or without indexes', async (t) => {
  t.same(
    rows.filter(({ path, field }) => findField(path) !== field),
    [],
  );
  t.equal(findField('spec.containers[0].image'), findField('spec.containers.image'));
  t.equal(findField('spec.containers[].image'), findField('spec.containers.image'));
  for (const path of ['', 'spec.nothing', 'spec.constructor', '__proto__', 'spec.containers.image.x']) {
    t.equal(findField(path), undefined, path);
  }
});

t.test('every row outside status is reached by the checks, and treated as its level says', async (t) => {
  const checked = rows.map(({ path }) => path).filter((path) => !path.startsWith('status'));
  t.same(
    checked.filter((path) => !expectedRemark(path).test(remarksOn(path))),
    [],
  );
});

/** What the checks say about a field and those around it, in a manifest that has nothing else. */
function remarksOn(path: string): string {
  const list = new ProblemList('sample', 'strict');
  const node = readObject(sampleOf(path.split('.'), ''), list) as ManifestNode;
  checkFields(node, podFields, new Report(list, node));
  return [...list.errors, ...list.warnings]
    .filter((problem) => path.startsWith(problem.path.replace(/\[0\]|\.a$/g, '')))
    .filter(({ message }) => !/ required$/.test(message))
    .map(({ message }) => message)
    .join('; ');
}

/** The outermost field that is not supported speaks for all beneath it. */
function expectedRemark(path: string): RegExp {
  const names = path.split('.');
  const fields = names.map((_, index) => findField(names.slice(0, index + 1).join('.')) as Field);
  switch (fields.find(({ support = 'supported' }) => support !== 'supported')?.support) {
    case 'later':
      return /^is not supported yet$/;
    case 'refused':
      return /^is not available here: /;
    case 'cluster':
    case 'readonly':
      return /^ignored: /;
    default:
      return /^$/;
  }
}

/** A value with the field at this path and nothing else. */
function sampleOf([name = '', ...rest]: string[], prefix: string): unknown {
  const path = prefix === '' ? name : `${prefix}.${name}`;
  const field = findField(path) as Field;
  const value = rest.length === 0 ? leafOf(name, field) : sampleOf(rest, path);
  if (field.shape === 'map') return { [name]: { a: value } };
  return { [name]: field.shape === 'list' ? [value] : value };
}

/** Values that formats ask for. */
const byFormat: Partial<Record<FormatName, string>> = {
  signal: 'SIGTERM',
  mountPath: '/a',
  absolutePath: '/a',
  hostPath: '/a',
  capability: 'KILL',
  fieldPath: 'metadata.name',
  medium: 'Memory',
  hostIp: '::1',
  address: '10.0.0.53',
};

function leafOf(name: string, field: Field): unknown {
  // A default that is stated draws no warning, so another value is taken where there is one.
  const words = Object.entries(field.values ?? {}).filter(([, support]) => support === 'supported');
  const word = words.map(([value]) => value).findLast((value) => value !== field.default) ?? words[0]?.[0];
  if (field.type === 'boolean') return word !== 'false' && field.default !== true;
  if (field.type === 'integer') return field.minimum ?? 1;
  if (field.type === 'quantity') return '1';
  if (field.type === 'time') return '2024-05-01T12:00:00Z';
  if (field.type === 'object' || field.type === 'any')
    return { [Object.keys(field.fields ?? {})[0] ?? name]: null };
  return word ?? (field.format === undefined ? undefined : byFormat[field.format]) ?? 'a';
}

t.test('the table has every field of the typed Pod, with the same shape', async (t) => {
  const program = ts.createProgram(['node_modules/kubernetes-types/core/v1.d.ts'], {});
  const checker = program.getTypeChecker();
  const file = program.getSourceFile('node_modules/kubernetes-types/core/v1.d.ts') as ts.SourceFile;
  const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(file) as ts.Symbol);
  const pod = symbol.find(({ name }) => name === 'Pod') as ts.Symbol;
  const different: string[] = [];
  let count = 0;
  const visit = (type: ts.Type, prefix: string): void => {
    for (const property of checker.getPropertiesOfType(type)) {
      const path = prefix === '' ? property.name : `${prefix}.${property.name}`;
      // Gone from Kubernetes since 1.31.
      if (path === 'spec.resourceClaims.source') continue;
      const field = findField(path);
      count += 1;
      if (field === undefined) different.push(`${path} is missing`);
      const inner = checker.getNonNullableType(checker.getTypeOfSymbol(property));
      const item = checker.isArrayType(inner)
        ? checker.getIndexTypeOfType(inner, ts.IndexKind.Number)
        : undefined;
      if ((field?.shape === 'list') !== (item !== undefined))
        different.push(`${path} is a list in one of them`);
      if (field?.type === 'object' && Object.keys(field.fields ?? {}).length > 0) visit(item ?? inner, path);
      else if (field !== undefined && !isSameType(field, item ?? inner))
        different.push(`${path} has another type`);
    }
  };
  visit(checker.getDeclaredTypeOfSymbol(pod), '');
  t.same(different, []);
  t.ok(count > 900, `${count} fields compared`);

  function isSameType(field: Field, type: ts.Type): boolean {
    const isMap = checker.getIndexTypeOfType(type, ts.IndexKind.String) !== undefined && !isString(type);
    if (isMap) return field.shape === 'map' || field.type === 'any';
    if (field.type === 'any' || field.type === 'object') return (type.flags & ts.TypeFlags.Object) !== 0;
    if (field.type === 'boolean') return (type.flags & ts.TypeFlags.BooleanLike) !== 0;
    if (field.type === 'integer') return (type.flags & ts.TypeFlags.NumberLike) !== 0;
    return isString(type) || field.type === 'portOrName';
  }

  function isString(type: ts.Type): boolean {
    return (type.flags & ts.TypeFlags.StringLike) !== 0 || type.isUnion();
  }
});
