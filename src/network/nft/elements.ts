import type { NetlinkRequest } from '../../kernel/netlink.js';
import { NLM_F_CREATE } from '../../kernel/netlink-message.js';
import { encodeNetfilterPayload, NFNL_SUBSYS_NFTABLES, textAttribute } from '../../kernel/nfnetlink.js';
import { concatenationBytes, type DatatypeName, type Value, writeConcatenation } from './datatype.js';
import * as nft from './numbers.js';
import type { NftSet, Table } from './table.js';

/** An element of a set, as text and numbers. */
export interface Element {
  readonly set: NftSet;
  readonly key: readonly Value[];
  /** Of a map. */
  readonly data?: readonly Value[];
}

/** So many go into one message: its list is an attribute, of 64 KiB at most. */
const elementsPerMessage = 500;

/** Adds elements; one that is there already is no error, unless it leads elsewhere (EEXIST or EBUSY). */
export function buildAddition(table: Table, elements: readonly Element[], action: string): NetlinkRequest[] {
  const change = { message: nft.NFT_MSG_NEWSETELEM, flags: NLM_F_CREATE, action };
  return bySet(elements).flatMap((group) => chunks(group).map((some) => buildMessage(table, some, change)));
}

/** Removes elements, each by a request of its own, so that it is known which of them was not there (ENOENT). */
export function buildRemoval(table: Table, elements: readonly Element[], action: string): NetlinkRequest[] {
  const change = { message: nft.NFT_MSG_DELSETELEM, flags: 0, action };
  return elements.map(({ set, key }) => buildMessage(table, [{ set, key }], change));
}

interface Change {
  readonly message: number;
  readonly flags: number;
  readonly action: string;
}

/** All elements are of one set. Written front to back into one buffer: a pod's start waits for it. */
function buildMessage(table: Table, elements: readonly Element[], change: Change): NetlinkRequest {
  const head = headOf(table, elements[0]?.set ?? { name: '', key: [] });
  const listBytes = elements.reduce((sum, element) => sum + elementBytes(element), headBytes);
  const payload = Buffer.allocUnsafe(head.length + listBytes).fill(0);
  payload.set(head);
  const type = nft.NFTA_SET_ELEM_LIST_ELEMENTS | nestedFlag;
  const start = writeHead(payload, head.length, type, listBytes);
  elements.reduce((at, element) => writeElement(payload, at, element), start);
  const { message, flags, action } = change;
  return { type: (NFNL_SUBSYS_NFTABLES << 8) | message, flags, payload, action };
}

const heads = new WeakMap<Table, Map<NftSet, Buffer>>();

/** What comes before the elements of a set, and is always the same. */
function headOf(table: Table, set: NftSet): Buffer {
  const known = heads.get(table) ?? new Map<NftSet, Buffer>();
  heads.set(table, known);
  const head = known.get(set) ?? encodeHead(table, set);
  known.set(set, head);
  return head;
}

function encodeHead({ family, name }: Table, set: NftSet): Buffer {
  const names = [textAttribute(nft.NFTA_TABLE, name), textAttribute(nft.NFTA_SET_ELEM_LIST_SET, set.name)];
  return encodeNetfilterPayload(family, names);
}

const headBytes = 4;
const nestedFlag = 0x8000;

function elementBytes({ set, data }: Element): number {
  const mapped = data === undefined ? 0 : valuesBytes(set.data ?? []);
  return headBytes + valuesBytes(set.key) + mapped;
}

function valuesBytes(types: readonly DatatypeName[]): number {
  return 2 * headBytes + concatenationBytes(types);
}

/** Answers where the next one begins, as the functions below. */
function writeElement(bytes: Buffer, at: number, element: Element): number {
  const { set, key, data } = element;
  const start = writeHead(bytes, at, nft.NFTA_LIST_ELEM | nestedFlag, elementBytes(element));
  const next = writeValues(bytes, start, { type: nft.NFTA_SET_ELEM_KEY, types: set.key, values: key });
  if (data === undefined) return next;
  return writeValues(bytes, next, { type: nft.NFTA_SET_ELEM_DATA, types: set.data ?? [], values: data });
}

interface Values {
  readonly type: number;
  readonly types: readonly DatatypeName[];
  readonly values: readonly Value[];
}

function writeValues(bytes: Buffer, at: number, { type, types, values }: Values): number {
  const length = valuesBytes(types);
  const inner = writeHead(bytes, at, type | nestedFlag, length);
  const start = writeHead(bytes, inner, nft.NFTA_DATA_VALUE, length - headBytes);
  return writeConcatenation(bytes, start, types, values);
}

function writeHead(bytes: Buffer, at: number, type: number, length: number): number {
  bytes.writeUInt16LE(length, at);
  return bytes.writeUInt16LE(type, at + 2);
}

function bySet(elements: readonly Element[]): Element[][] {
  const groups = new Map<NftSet, Element[]>();
  for (const element of elements) {
    const group = groups.get(element.set);
    if (group === undefined) groups.set(element.set, [element]);
    else group.push(element);
  }
  return [...groups.values()];
}

function chunks(elements: readonly Element[]): Element[][] {
  const count = Math.ceil(elements.length / elementsPerMessage);
  return Array.from({ length: count }, (_, index) =>
    elements.slice(index * elementsPerMessage, (index + 1) * elementsPerMessage),
  );
}
