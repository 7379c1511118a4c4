import { encodeAddress } from '../ip-range.js';
import { datatypes, registersOf, type Value } from './datatype.js';
import type { Expression } from './expression.js';
import { type FieldName, fields, load } from './field.js';
import {
  NF_ACCEPT,
  NF_DROP,
  NFT_CMP_EQ,
  NFT_CMP_NEQ,
  NFT_GOTO,
  NFT_LOOKUP_F_INV,
  NFT_NAT_DNAT,
  NFT_OBJECT_COUNTER,
  NFT_REG_VERDICT,
  NFT_REG32_00,
  NFT_RETURN,
} from './numbers.js';

/**
 * The words rules are written in. Each is a few expressions; a match whose answer is no ends the rule. Every match
 * begins in the first register: nothing is kept from one to the next but what `mapTo` leaves for `translateTo`.
 */
export type Words = readonly Expression[];

const first = NFT_REG32_00;

/** Words one after another: a rule, or a part of one. */
export function rule(...parts: readonly Words[]): Words {
  return parts.flat();
}

export function is(field: FieldName, value: Value): Words {
  return compare(field, NFT_CMP_EQ, value);
}

export function isNot(field: FieldName, value: Value): Words {
  return compare(field, NFT_CMP_NEQ, value);
}

/** Of an address: that it is in a range such as `10.85.0.0/16`. */
export function isWithin(field: FieldName, cidr: string): Words {
  const [address = '', prefixLength] = cidr.split('/');
  const bytes = encodeAddress(address);
  const mask = prefixMask(bytes.length, Number(prefixLength));
  const network = bytes.map((byte, index) => byte & (mask[index] ?? 0));
  return [load(field, first), masked(mask), comparison(NFT_CMP_EQ, Buffer.from(network))];
}

/** That a bit is set: `hasBit('ether daddr', '01:00:00:00:00:00')`. */
export function hasBit(field: FieldName, bit: Value): Words {
  const mask = datatypes[fields[field].type].encode(bit);
  return [load(field, first), masked(mask), comparison(NFT_CMP_NEQ, Buffer.alloc(mask.length))];
}

/** That the fields, one after another, are an element of a set. */
export function isIn(set: string, ...names: readonly FieldName[]): Words {
  return [...loadAll(names), { kind: 'lookup', set, from: first, flags: 0 }];
}

export function isNotIn(set: string, ...names: readonly FieldName[]): Words {
  return [...loadAll(names), { kind: 'lookup', set, from: first, flags: NFT_LOOKUP_F_INV }];
}

/** Looks the fields up in a map of addresses and ports, for `translateTo`. Not being there ends the rule. */
export function mapTo(map: string, ...names: readonly FieldName[]): Words {
  return [...loadAll(names), { kind: 'mapping', set: map, from: first, to: first }];
}

/** Sends the packet to the address, of NFPROTO_IPV4 or NFPROTO_IPV6, and the port that `mapTo` found. */
export function translateTo(family: number, address: 'ipv4_addr' | 'ipv6_addr'): Words {
  const portFrom = first + registersOf(address);
  return [{ kind: 'nat', type: NFT_NAT_DNAT, family, addressFrom: first, portFrom }];
}

/** Counts the packet on a counter of the table. */
export function count(object: string): Words {
  return [{ kind: 'objref', type: NFT_OBJECT_COUNTER, object }];
}

export function goTo(chain: string): Words {
  return [{ kind: 'immediate', to: NFT_REG_VERDICT, verdict: { code: NFT_GOTO, chain } }];
}

export const drop: Words = [{ kind: 'immediate', to: NFT_REG_VERDICT, verdict: { code: NF_DROP } }];
export const accept: Words = [{ kind: 'immediate', to: NFT_REG_VERDICT, verdict: { code: NF_ACCEPT } }];
export const leave: Words = [{ kind: 'immediate', to: NFT_REG_VERDICT, verdict: { code: NFT_RETURN } }];
/** Gives the packet the address of the interface it leaves by as its source. */
export const masquerade: Words = [{ kind: 'masq' }];

function compare(field: FieldName, operation: number, value: Value): Words {
  return [load(field, first), comparison(operation, datatypes[fields[field].type].encode(value))];
}

function comparison(operation: number, value: Buffer): Expression {
  return { kind: 'cmp', from: first, operation, value };
}

function masked(mask: Buffer): Expression {
  const xor = Buffer.alloc(mask.length);
  return { kind: 'bitwise', from: first, to: first, length: mask.length, mask, xor };
}

function loadAll(names: readonly FieldName[]): Expression[] {
  let register = first;
  return names.map((name) => {
    const expression = load(name, register);
    register += registersOf(fields[name].type);
    return expression;
  });
}

function prefixMask(bytes: number, prefixLength: number): Buffer {
  const bits = '1'.repeat(prefixLength).padEnd(bytes * 8, '0');
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}
