import { type Operand, type Piece, parseTemplate, type Step } from './jsonpath-parse.js';

/** A template's text for one object; several values of a path are separated by a space. Missing ones are none. */
export function renderJsonPath(template: string, root: unknown): string {
  return renderPieces(parseTemplate(template), root);
}

/** What the paths of a template find in an object, in order. */
export function findJsonPath(template: string, root: unknown): unknown[] {
  return parseTemplate(template).flatMap((piece) => (piece.kind === 'text' ? [] : find(piece.steps, root)));
}

function renderPieces(pieces: readonly Piece[], root: unknown): string {
  return pieces.map((piece) => renderPiece(piece, root)).join('');
}

function renderPiece(piece: Piece, root: unknown): string {
  if (piece.kind === 'text') return piece.text;
  const values = find(piece.steps, root);
  if (piece.kind === 'path') return values.map(renderValue).join(' ');
  return values.map((value) => renderPieces(piece.body, value)).join('');
}

/** Text as it is, everything else as JSON. */
export function renderValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function find(steps: readonly Step[], root: unknown): unknown[] {
  return steps.reduce((values, step) => values.flatMap((value) => applyStep(step, value)), [root]);
}

function applyStep(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return fieldOf(value, step.name);
    case 'index':
      return present(asList(value).at(step.index));
    case 'slice':
      return asList(value).slice(step.from, step.to);
    case 'all':
      return children(value);
    case 'deep':
      return [value, ...descendants(value)].flatMap((inner) => fieldOf(inner, step.name));
    case 'filter':
      return asList(value).filter((item) => isMatch(step, item));
  }
}

function fieldOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return present((value as Record<string, unknown>)[name]);
}

function present(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function children(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return children(value).flatMap((child) => [child, ...descendants(child)]);
}

type Comparable = string | number | boolean | null | undefined;

const comparisons: Record<string, (left: Comparable, right: Comparable) => boolean> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left != null && right != null && left < right,
  '>': (left, right) => left != null && right != null && left > right,
  '<=': (left, right) => left != null && right != null && left <= right,
  '>=': (left, right) => left != null && right != null && left >= right,
};

function isMatch({ left, operator, right }: Extract<Step, { kind: 'filter' }>, item: unknown): boolean {
  const first = evaluate(left, item);
  if (operator === undefined || right === undefined) return first !== undefined;
  return comparisons[operator]?.(first, evaluate(right, item)) ?? false;
}

function evaluate(operand: Operand, item: unknown): Comparable {
  return (operand.kind === 'value' ? operand.value : find(operand.steps, item)[0]) as Comparable;
}
