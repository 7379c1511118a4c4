import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { flags, headerBytes, responseCodes } from './codes.js';
import { exchangeTcp, exchangeUdp, type Transport } from './exchange.js';
import { buildForwardedQuery, type Query, udpLimitOf } from './query.js';
import { buildHead } from './reply.js';
import type { Upstreams } from './upstreams.js';

export interface ForwarderOptions {
  readonly upstreams: Upstreams;
  /** Of the upstream servers; 53 but in tests. */
  readonly port: number;
  /** For each server. */
  readonly timeoutMs: number;
  /** Queries under way at once, each of which has a descriptor: of all clients, and of one. */
  readonly mostQueries: number;
  readonly mostQueriesOfClient: number;
}

/** Who asked. */
export interface Asker {
  readonly client: string;
  readonly transport: Transport;
}

/** How long a server that did not answer is asked last. */
const avoidedMs = 10_000;

/** Asks the host's own name servers, one after another, and passes on what they say. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #closing = new AbortController();
  readonly #byClient = new Map<string, number>();
  readonly #avoidedUntil = new Map<string, number>();
  #underWay = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    setMaxListeners(0, this.#closing.signal);
  }

  /** The answer for the client; "server failure" when there is none, or too many wait already. Never rejects. */
  async forward(query: Query, asker: Asker): Promise<Buffer> {
    const ofClient = this.#byClient.get(asker.client) ?? 0;
    const { mostQueries, mostQueriesOfClient } = this.#options;
    if (this.#underWay >= mostQueries || ofClient >= mostQueriesOfClient) return buildFailure(query);
    this.#underWay += 1;
    this.#byClient.set(asker.client, ofClient + 1);
    try {
      return (await this.#askAll(query, asker.transport)) ?? buildFailure(query);
    } finally {
      this.#underWay -= 1;
      this.#release(asker.client);
    }
  }

  /** Ends what is under way: those who wait get no answer any more. */
  close(): void {
    this.#closing.abort();
  }

  async #askAll(query: Query, transport: Transport): Promise<Buffer | undefined> {
    let failure: Buffer | undefined;
    for (const address of this.#inOrder(await this.#options.upstreams.list())) {
      if (this.#closing.signal.aborted) return undefined;
      const answer = await this.#askOne(query, address, transport);
      if (answer === undefined) this.#avoidedUntil.set(address, performance.now() + avoidedMs);
      else if (isFailure(answer)) failure ??= answer;
      else return answer;
    }
    return failure;
  }

  async #askOne(query: Query, address: string, transport: Transport): Promise<Buffer | undefined> {
    const { port, timeoutMs } = this.#options;
    const id = randomInt(65_536);
    const exchange = transport === 'udp' ? exchangeUdp : exchangeTcp;
    const server = { address, port, timeoutMs, signal: this.#closing.signal };
    const answer = await exchange(buildForwardedQuery(query, id), server, (message) =>
      isAnswerTo(message, query, id),
    );
    return answer && addressToClient(answer, query, transport);
  }

  /** The file's order, which may mean something (the first may know more), but for those that were just silent. */
  #inOrder(servers: readonly string[]): string[] {
    const now = performance.now();
    const isAvoided = (address: string): boolean => (this.#avoidedUntil.get(address) ?? 0) > now;
    return [...servers.filter((one) => !isAvoided(one)), ...servers.filter(isAvoided)];
  }

  #release(client: string): void {
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, left);
  }
}

/** An answer has the id and the question of the query; what was not even understood may come without a question. */
export function isAnswerTo(message: Buffer, { question }: Query, id: number): boolean {
  if (message.length < headerBytes || message.readUInt16BE(0) !== id) return false;
  const word = message.readUInt16BE(2);
  if ((word & flags.response) === 0 || (word & flags.opcode) !== 0) return false;
  const count = message.readUInt16BE(4);
  if (count === 0) return (word & flags.responseCode) !== responseCodes.noError;
  const repeated = message.subarray(headerBytes, headerBytes + question.length);
  return count === 1 && isSameQuestion(repeated, question);
}

/** Servers may change the case of a name. */
function isSameQuestion(one: Buffer, other: Buffer): boolean {
  if (one.equals(other)) return true;
  const [name, sameName] = [one, other].map((bytes) =>
    bytes.toString('latin1', 0, bytes.length - 4).toLowerCase(),
  );
  return name === sameName && one.subarray(-4).equals(other.subarray(-4));
}

function isFailure(answer: Buffer): boolean {
  const code = answer.readUInt16BE(2) & flags.responseCode;
  return code === responseCodes.serverFailure || code === responseCodes.refused;
}

/** Gives the answer the client's own id and spelling; one longer than it asked for is cut to its head. */
function addressToClient(answer: Buffer, query: Query, transport: Transport): Buffer {
  const word = answer.readUInt16BE(2);
  if (transport === 'udp' && answer.length > udpLimitOf(query)) {
    return buildHead(query, word & flags.responseCode, flags.truncated);
  }
  answer.writeUInt16BE(query.id, 0);
  if (answer.readUInt16BE(4) === 1) query.question.copy(answer, headerBytes);
  return answer;
}

function buildFailure(query: Query): Buffer {
  return buildHead(query, responseCodes.serverFailure);
}
