import { attribute, nested } from '../../kernel/netlink-message.js';
import { textAttribute, uint32Attribute } from '../../kernel/nfnetlink.js';
import {
  NFTA_DATA_VALUE,
  NFTA_DATA_VERDICT,
  NFTA_EXPR_DATA,
  NFTA_EXPR_NAME,
  NFTA_LIST_ELEM,
  NFTA_VERDICT_CHAIN,
  NFTA_VERDICT_CODE,
} from './numbers.js';

/** Where a packet goes: NF_ or NFT_ number, and the chain for NFT_GOTO. */
export interface Verdict {
  readonly code: number;
  readonly chain?: string;
}

/** Ways to write a field, each from what it is given. */
const encodings = {
  uint32: (type: number, value: number) => uint32Attribute(type, value),
  text: (type: number, value: string) => textAttribute(type, value),
  bytes: (type: number, value: Buffer) => nested(type, [attribute(NFTA_DATA_VALUE, value)]),
  verdict: encodeVerdict,
};

type Encoding = keyof typeof encodings;

/** A field's NFTA_ number and encoding. */
const uint32 = <T extends number>(type: T) => ({ type, as: 'uint32' }) as const;
const text = <T extends number>(type: T) => ({ type, as: 'text' }) as const;
const bytes = <T extends number>(type: T) => ({ type, as: 'bytes' }) as const;
const verdict = <T extends number>(type: T) => ({ type, as: 'verdict' }) as const;

/**
 * The expressions peapod's rules are made of: the kernel's name and fields of each. All fields are required; what the
 * kernel takes in two forms has two rows.
 */
const schema = {
  payload: {
    name: 'payload',
    fields: { to: uint32(1), base: uint32(2), offset: uint32(3), length: uint32(4) },
  },
  meta: { name: 'meta', fields: { to: uint32(1), key: uint32(2) } },
  ct: { name: 'ct', fields: { to: uint32(1), key: uint32(2) } },
  fib: { name: 'fib', fields: { to: uint32(1), result: uint32(2), flags: uint32(3) } },
  cmp: { name: 'cmp', fields: { from: uint32(1), operation: uint32(2), value: bytes(3) } },
  bitwise: {
    name: 'bitwise',
    fields: { from: uint32(1), to: uint32(2), length: uint32(3), mask: bytes(4), xor: bytes(5) },
  },
  lookup: { name: 'lookup', fields: { set: text(1), from: uint32(2), flags: uint32(5) } },
  mapping: { name: 'lookup', fields: { set: text(1), from: uint32(2), to: uint32(3) } },
  immediate: { name: 'immediate', fields: { to: uint32(1), verdict: verdict(2) } },
  nat: {
    name: 'nat',
    fields: { type: uint32(1), family: uint32(2), addressFrom: uint32(3), portFrom: uint32(5) },
  },
  masq: { name: 'masq', fields: {} },
  objref: { name: 'objref', fields: { type: uint32(1), object: text(2) } },
} as const;

type Schema = typeof schema;
type Given<E extends Encoding> = Parameters<(typeof encodings)[E]>[1];
type Fields<K extends keyof Schema> = {
  readonly [F in keyof Schema[K]['fields']]: Schema[K]['fields'][F] extends { as: infer E extends Encoding }
    ? Given<E>
    : never;
};

/** One step of a rule, as the kernel's small machine runs it: registers in, registers or a verdict out. */
export type Expression = { [K in keyof Schema]: { readonly kind: K } & Fields<K> }[keyof Schema];

/** As an element of a rule's list. */
export function encodeExpression(expression: Expression): Buffer {
  const { name, fields } = schema[expression.kind];
  const given = expression as unknown as Record<string, never>;
  const parts = Object.entries<{ type: number; as: Encoding }>(fields).map(([field, { type, as }]) =>
    encodings[as](type, given[field] as never),
  );
  return nested(NFTA_LIST_ELEM, [textAttribute(NFTA_EXPR_NAME, name), nested(NFTA_EXPR_DATA, parts)]);
}

function encodeVerdict(type: number, { code, chain }: Verdict): Buffer {
  const name = chain === undefined ? [] : [textAttribute(NFTA_VERDICT_CHAIN, chain)];
  return nested(type, [nested(NFTA_DATA_VERDICT, [uint32Attribute(NFTA_VERDICT_CODE, code), ...name])]);
}
