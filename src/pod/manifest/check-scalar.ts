import { parseQuantity } from '../../units.js';
import type { Field } from './fields/field.js';
import { type Flaw, formats } from './formats.js';
import type { ScalarNode } from './node.js';
import { didYouMean } from './suggest.js';
import { describeNode, listWords, quote } from './text.js';

/** The value when it is right, else what is wrong with it. */
interface Outcome {
  readonly value?: string | number | boolean;
  readonly flaw?: Flaw | undefined;
}

/** Holds one scalar against its row: type, then the known values, the bounds and the format. */
export function checkScalar(node: ScalarNode, field: Field): Outcome {
  const outcome = checkType(node, field);
  if (outcome.flaw !== undefined || outcome.value === undefined) return outcome;
  const flaw = checkKnown(outcome.value, field) ?? checkFormat(outcome.value, field);
  return flaw === undefined ? outcome : { flaw };
}

function checkType(node: ScalarNode, field: Field): Outcome {
  switch (field.type) {
    case 'boolean':
      return typeof node.value === 'boolean' ? { value: node.value } : wrong(node, 'true or false');
    case 'integer':
      return checkInteger(node, field);
    case 'quantity':
      return checkQuantity(node, field);
    case 'portOrName':
      return typeof node.value === 'bigint' ? checkInteger(node, portBounds) : checkPortName(node);
    case 'time':
      return checkTime(node);
    default:
      return checkString(node);
  }
}

const portBounds = { minimum: 1, maximum: 65_535 };

function checkString(node: ScalarNode): Outcome {
  if (typeof node.value === 'string') return { value: node.value };
  const hint = node.value === null ? 'write "" for an empty string' : `quote it: ${quote(node.text)}`;
  return wrong(node, 'a string', hint);
}

function checkInteger(
  node: ScalarNode,
  { minimum, maximum }: { minimum?: number; maximum?: number },
): Outcome {
  if (typeof node.value !== 'bigint') {
    const isQuoted = typeof node.value === 'string' && /^[+-]?\d+$/.test(node.value);
    return wrong(node, 'a whole number', isQuoted ? 'take the quotes away' : undefined);
  }
  const least = minimum ?? Number.MIN_SAFE_INTEGER;
  const most = maximum ?? Number.MAX_SAFE_INTEGER;
  if (node.value >= least && node.value <= most) return { value: Number(node.value) };
  return { flaw: { message: `must be ${boundsText(minimum, maximum)}, not ${node.text}` } };
}

function boundsText(minimum: number | undefined, maximum: number | undefined): string {
  if (maximum === undefined && minimum !== undefined) return `at least ${minimum}`;
  return `from ${minimum ?? Number.MIN_SAFE_INTEGER} to ${maximum ?? Number.MAX_SAFE_INTEGER}`;
}

/** Kept as it was written, as text: `cpu: 1` becomes `"1"`. */
function checkQuantity(node: ScalarNode, { minimum = 0 }: Field): Outcome {
  if (typeof node.value === 'boolean' || node.value === null) return wrong(node, quantityExamples);
  const text = typeof node.value === 'string' ? node.value : String(node.value);
  const quantity = parseQuantity(text);
  if (quantity === undefined) return wrong(node, quantityExamples);
  if (quantity < BigInt(minimum)) return { flaw: { message: `must be at least ${minimum}` } };
  return { value: text };
}

const quantityExamples = 'a quantity such as 250m or 64Mi';

function checkPortName(node: ScalarNode): Outcome {
  if (typeof node.value !== 'string') return wrong(node, 'a port number or name');
  const flaw = formats.portName(node.value);
  return flaw === undefined ? { value: node.value } : { flaw };
}

function checkTime(node: ScalarNode): Outcome {
  const isTime =
    typeof node.value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(node.value);
  return isTime ? { value: node.value as string } : wrong(node, 'a time such as 2024-05-01T12:00:00Z');
}

function checkKnown(value: string | number | boolean, { values }: Field): Flaw | undefined {
  const text = String(value);
  if (values === undefined || Object.hasOwn(values, text)) return undefined;
  const known = Object.keys(values);
  const message = `must be ${listWords(known.map(quote))}, not ${quote(text)}`;
  return { message, hint: didYouMean(text, known) };
}

function checkFormat(value: string | number | boolean, { format, required }: Field): Flaw | undefined {
  if (typeof value !== 'string') return undefined;
  if (format !== undefined) return formats[format](value);
  return value === '' && required === true ? { message: 'must not be empty' } : undefined;
}

function wrong(node: ScalarNode, expected: string, hint?: string): Outcome {
  return { flaw: { message: `must be ${expected}, not ${describeNode(node)}`, hint } };
}
