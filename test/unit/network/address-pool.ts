import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readRecord } from '../../../src/kernel/durable-file.js';
import { AddressPool } from '../../../src/network/address-pool.js';
import type { PodAddress } from '../../../src/network/attachment.js';
import { parseRanges, podAddressAt, podIndexOf } from '../../../src/network/ranges.js';
import { scratchDirectory } from '../../scratch.js';

const directory = scratchDirectory(t);

function newPath(): string {
  return join(mkdtempSync(join(directory, 'pool-')), 'addresses.json');
}

function open(cidr: string, { path = newPath(), warnings = [] as string[] } = {}): Promise<AddressPool> {
  const ranges = parseRanges(cidr.split(','), 'the pod range');
  return AddressPool.open({ ranges, path, warn: (message) => void warnings.push(message) });
}

function texts(addresses: readonly PodAddress[]): string[] {
  return addresses.map(({ address }) => address);
}

async function takeMany(pool: AddressPool, count: number): Promise<string[]> {
  const taken = await Promise.all(Array.from({ length: count }, () => pool.take()));
  return taken.flatMap(texts);
}

/** A pool next to what it should do: the next free address going round, and after a crash none before it. */
class Model {
  readonly held = new Map<number, readonly PodAddress[]>();
  /** Places in the range passed so far, over all rounds. */
  position = 0;
  readonly #cidr: string;
  readonly #path = newPath();
  #pool: AddressPool | undefined;

  constructor(cidr: string) {
    this.#cidr = cidr;
  }

  async take(): Promise<void> {
    const pool = await this.#open();
    if (this.held.size === pool.capacity) {
      await assert.rejects(pool.take(), { code: 'PEAPOD_ADDRESSES_EXHAUSTED' });
      return;
    }
    const addresses = await pool.take();
    const index = this.#indexOf(addresses);
    assert.ok(!this.held.has(index), 'free');
    while (this.held.has(this.position % pool.capacity)) this.position++;
    assert.equal(index, this.position % pool.capacity, 'the next free one');
    this.position++;
    this.held.set(index, addresses);
    assert.ok((await this.#promised()) >= this.position, 'on disk before it is handed out');
  }

  async release(which: number): Promise<void> {
    const held = [...this.held][which % Math.max(1, this.held.size)];
    if (held === undefined) return;
    this.held.delete(held[0]);
    (await this.#open()).release(held[1]);
  }

  /** Nothing in memory is left; the next one is told who has what. */
  async crash(): Promise<void> {
    await this.#pool?.close();
    this.#pool = undefined;
    const promised = await this.#promised();
    assert.ok(promised >= this.position && promised <= this.position + 200 * this.#capacity());
    this.position = promised;
  }

  async #open(): Promise<AddressPool> {
    if (this.#pool !== undefined) return this.#pool;
    const pool = await open(this.#cidr, { path: this.#path });
    this.#pool = pool;
    for (const addresses of this.held.values()) {
      pool.claim(addresses);
      assert.throws(() => pool.claim(addresses), { code: 'PEAPOD_CONFLICT' });
    }
    assert.equal(pool.inUse, this.held.size);
    return pool;
  }

  #indexOf(addresses: readonly PodAddress[]): number {
    const ranges = parseRanges(this.#cidr.split(','), 'x');
    const indexes = new Set(ranges.map((range, at) => podIndexOf(range, addresses[at]?.address ?? '')));
    assert.equal(indexes.size, 1, 'the same place in both ranges');
    return [...indexes][0] as number;
  }

  #capacity(): number {
    return Math.min(...parseRanges(this.#cidr.split(','), 'x').map(({ capacity }) => capacity));
  }

  async #promised(): Promise<number> {
    const record = await readRecord(this.#path).catch(() => ({ promised: 0 }));
    return (record as { promised: number }).promised;
  }
}

t.test(
  'AddressPool: hands out the next free address, whatever is released and whenever it crashes',
  async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant(() => (model: Model) => model.take()) },
      { weight: 4, arbitrary: fc.nat(20).map((which) => () => (model: Model) => model.release(which)) },
      { weight: 1, arbitrary: fc.constant(() => (model: Model) => model.crash()) },
    );
    const cidr = fc.constantFrom('10.85.0.0/29', '10.85.0.0/28', 'fd00::/125', '10.85.0.0/29,fd00:85::/64');
    await fc.assert(
      fc.asyncProperty(cidr, fc.array(step, { maxLength: 60 }), async (cidr, steps) => {
        const model = new Model(cidr);
        for (const make of steps) await make()(model);
      }),
      { numRuns: 60 },
    );
  },
);

t.test('AddressPool: 10,000 takes at once get 10,000 addresses, from one or two writes', async (t) => {
  for (const cidr of ['10.85.0.0/16', 'fd00:85::/64']) {
    const path = newPath();
    const pool = await open(cidr, { path });
    const taken = await takeMany(pool, 10_000);
    t.equal(new Set(taken).size, 10_000);
    t.equal(pool.inUse, 10_000);
    await pool.close();
    const next = await open(cidr, { path });
    t.notOk(
      taken.includes((await takeMany(next, 1))[0] as string),
      'and the next engine goes on behind them',
    );
    await next.close();
  }
});

t.test('AddressPool: the disk is written once in 64 takes', async (t) => {
  const path = newPath();
  const pool = await open('10.85.0.0/16', { path });
  const versions = new Set<string>();
  for (let take = 0; take < 640; take++) {
    pool.release(await pool.take());
    await pool.close();
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    versions.add(`${ino} ${mtimeNs}`);
  }
  t.ok(versions.size <= 11, `${versions.size} writes`);
});

t.test('AddressPool: an address comes back only after all others', async (t) => {
  const pool = await open('10.85.0.0/24');
  const first = await pool.take();
  pool.release(first);
  t.notOk((await takeMany(pool, 252)).includes('10.85.0.2'));
  t.same(texts(await pool.take()), ['10.85.0.2']);
  await pool.close();
});

t.test('AddressPool: a range that is used up says so, and goes on once one is free', async (t) => {
  const pool = await open('10.85.0.0/29,fd00:85::/64');
  t.equal(pool.capacity, 5);
  const taken = await Promise.all(Array.from({ length: 5 }, () => pool.take()));
  await t.rejects(pool.take(), {
    code: 'PEAPOD_ADDRESSES_EXHAUSTED',
    message: 'Cannot give the pod an address: all 5 of 10.85.0.0/29 and fd00:85::/64 are in use',
    hint: /wider range .* --pod-cidr/,
    details: { inUse: 5 },
  });
  pool.release(taken[3] ?? []);
  pool.release(taken[3] ?? []);
  t.same(texts(await pool.take()), ['10.85.0.5', 'fd00:85::5']);
  await pool.close();
});

t.test('AddressPool: a range that is nearly full is filled, one after another', async (t) => {
  const pool = await open('10.85.0.0/16');
  const [range] = parseRanges(['10.85.0.0/16'], 'x');
  if (range === undefined) return;
  for (let index = 0; index < pool.capacity; index++) {
    if (index % 13_000 !== 12_999) pool.claim([podAddressAt(range, index)]);
  }
  const free = pool.capacity - pool.inUse;
  t.equal(new Set(await takeMany(pool, free)).size, free);
  await t.rejects(pool.take(), { code: 'PEAPOD_ADDRESSES_EXHAUSTED' });
  await pool.close();
});

t.test('AddressPool: addresses of another range, or of a pod, cannot be claimed', async (t) => {
  const pool = await open('10.85.0.0/24');
  const [wide] = parseRanges(['10.85.0.0/16'], 'x');
  const [other] = parseRanges(['10.86.0.0/24'], 'x');
  if (wide === undefined || other === undefined) return;
  t.throws(() => pool.claim([podAddressAt(other, 0)]), {
    code: 'PEAPOD_CONFLICT',
    message: "Cannot take 10.86.0.2: it is no pod's of 10.85.0.0/24",
  });
  t.throws(() => pool.claim([podAddressAt(wide, 253)]), { code: 'PEAPOD_CONFLICT' });
  pool.claim([podAddressAt(wide, 7)]);
  t.throws(() => pool.claim([podAddressAt(wide, 7)]), {
    message: 'Cannot take 10.85.0.9: another pod has it',
  });
  t.equal(pool.inUse, 1);
  await pool.close();
});

t.test('AddressPool: what the disk refuses is not taken', async (t) => {
  const path = newPath();
  const pool = await open('10.85.0.0/24', { path });
  await pool.close();
  rmSync(join(path, '..'), { recursive: true });
  await takeMany(pool, 64);
  await pool.close();
  const before = pool.inUse;
  await t.rejects(pool.take(), { code: 'ENOENT' });
  t.equal(pool.inUse, before);
});

t.test('AddressPool: a damaged record is told of, and stops nothing', async (t) => {
  const path = newPath();
  writeFileSync(path, '{"version":1');
  const warnings: string[] = [];
  const pool = await open('10.85.0.0/24', { path, warnings });
  t.match(warnings, [/Cannot read the record .*addresses\.json/]);
  t.same(texts(await pool.take()), ['10.85.0.2']);
  await pool.close();
});
