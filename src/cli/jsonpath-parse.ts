import { PeapodError } from '../errors.js';

/** One step of a path, applied to each value the step before it found. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'deep'; readonly name: string }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator?: string; readonly right?: Operand };

export type Operand =
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'value'; readonly value: string | number | boolean | null };

/** A piece of a template, as kubectl's `-o jsonpath=` has them. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly body: readonly Piece[] };

/** Reads characters of one template. */
class Reader {
  at = 0;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves past what the expression, which must be sticky, matches here. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text) ?? undefined;
    if (found !== undefined) this.at = expression.lastIndex;
    return found;
  }

  fail(): never {
    throw new PeapodError(
      'PEAPOD_USAGE',
      `jsonpath "${this.text}" is malformed at character ${this.at + 1}`,
      {
        hint: 'For example {.items[*].metadata.name}',
      },
    );
  }
}

/** Parses a template; a path without braces, as `.status.phase`, is taken for one. Throws PEAPOD_USAGE. */
export function parseTemplate(text: string): readonly Piece[] {
  const reader = new Reader(/^[.$]/.test(text) && !text.includes('{') ? `{${text}}` : text);
  const pieces = parsePieces(reader, false);
  if (reader.at < reader.text.length) reader.fail();
  return pieces;
}

function parsePieces(reader: Reader, isBody: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  while (reader.at < reader.text.length) {
    const text = reader.match(/[^{]+/y);
    if (text !== undefined) pieces.push({ kind: 'text', text: text[0] });
    else if (reader.match(/\{\s*end\s*\}/y) !== undefined) return isBody ? pieces : reader.fail();
    else if (reader.match(/\{\s*/y) !== undefined) pieces.push(parseExpression(reader));
  }
  return isBody ? reader.fail() : pieces;
}

function parseExpression(reader: Reader): Piece {
  const isRange = reader.match(/range\s+/y) !== undefined;
  const literal = isRange ? undefined : parseLiteral(reader);
  const steps = literal === undefined ? parseSteps(reader) : [];
  if (reader.match(/\s*\}/y) === undefined) reader.fail();
  if (literal !== undefined) return { kind: 'text', text: String(literal) };
  return isRange ? { kind: 'range', steps, body: parsePieces(reader, true) } : { kind: 'path', steps };
}

/** Undefined when there is none here. */
function parseLiteral(reader: Reader): string | undefined {
  const double = reader.match(/"(?:[^"\\]|\\.)*"/y);
  if (double !== undefined) return JSON.parse(double[0]) as string;
  return reader.match(/'([^']*)'/y)?.[1];
}

function parseSteps(reader: Reader): readonly Step[] {
  const steps: Step[] = [];
  const start = reader.at;
  reader.match(/[$@]/y);
  for (;;) {
    const deep = reader.match(/\.\.([\w-]+)/y);
    const field = deep ?? reader.match(/\.((?:[^\s\\.[\]{}(),|=<>!?@*$"']|\\.)+)/y);
    if (field !== undefined) {
      const name = (field[1] as string).replace(/\\(.)/g, '$1');
      steps.push({ kind: deep === undefined ? 'field' : 'deep', name });
    } else if (reader.match(/\.\*|\[\*\]/y) !== undefined) steps.push({ kind: 'all' });
    else if (reader.match(/\[/y) !== undefined) steps.push(parseBracket(reader));
    else if (reader.match(/\.(?=\s*\})/y) === undefined) break;
  }
  if (reader.at === start) reader.fail();
  return steps;
}

function parseBracket(reader: Reader): Step {
  const step = parseBracketed(reader);
  return reader.match(/\]/y) === undefined ? reader.fail() : step;
}

function parseBracketed(reader: Reader): Step {
  if (reader.match(/\?\(\s*/y) !== undefined) return parseFilter(reader);
  const name = parseLiteral(reader);
  if (name !== undefined) return { kind: 'field', name };
  const slice = reader.match(/(-?\d+)?:(-?\d+)?/y);
  if (slice !== undefined) {
    const [, from, to] = slice;
    return { kind: 'slice', ...(from && { from: Number(from) }), ...(to && { to: Number(to) }) };
  }
  const index = reader.match(/-?\d+/y);
  return index === undefined ? reader.fail() : { kind: 'index', index: Number(index[0]) };
}

function parseFilter(reader: Reader): Step {
  const left = parseOperand(reader);
  const operator = reader.match(/\s*(==|!=|<=|>=|<|>)\s*/y)?.[1];
  const comparison = operator === undefined ? {} : { operator, right: parseOperand(reader) };
  return reader.match(/\s*\)/y) === undefined ? reader.fail() : { kind: 'filter', left, ...comparison };
}

function parseOperand(reader: Reader): Operand {
  const text = parseLiteral(reader);
  if (text !== undefined) return { kind: 'value', value: text };
  const word = reader.match(/true|false|null|-?\d+(?:\.\d+)?/y);
  if (word !== undefined) return { kind: 'value', value: JSON.parse(word[0]) };
  return { kind: 'path', steps: parseSteps(reader) };
}
