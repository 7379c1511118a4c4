import { BlockList, isIPv6 } from 'node:net';
import { PeapodError } from '../../errors.js';
import { debug } from '../../log.js';
import type { IpRange } from '../ip-range.js';
import { answerQuery } from './answer.js';
import { Forwarder } from './forwarder.js';
import { listenTcp } from './listen-tcp.js';
import { listenUdp } from './listen-udp.js';
import type { Endpoint, Handler, Listener, Request } from './listener.js';
import type { Lookup } from './name-table.js';
import { parseQuery, udpLimitOf } from './query.js';
import { Upstreams } from './upstreams.js';

export interface ResolverOptions {
  /** Addresses of this host to listen on, over UDP and TCP. */
  readonly addresses: readonly string[];
  /** 53 when absent. */
  readonly port?: number;
  /** Who is answered; everybody else gets nothing at all. */
  readonly clients: readonly IpRange[];
  /** What we know by ourselves. */
  readonly lookup: Lookup;
  /** Names the servers to ask for the rest; /etc/resolv.conf when absent. Followed when it changes. */
  readonly resolvConf?: string;
  /** 53 when absent. */
  readonly upstreamPort?: number;
  /** For each server asked, in milliseconds; 2000 when absent. */
  readonly timeoutMs?: number;
}

export interface Resolver {
  /** Those of the addresses that are served. */
  readonly addresses: readonly string[];
  /** Why the others are not. */
  readonly problems: readonly Error[];
  /** Resolves when all ports are free again. */
  close(): Promise<void>;
}

const log = debug('network');

const longestMessage = 65_535;
const mostQueries = 512;
const mostQueriesOfClient = 128;

/**
 * Starts a name server that answers what `lookup` knows and passes the rest on to the host's own servers.
 * Rejects with PEAPOD_UNSUPPORTED when none of the addresses can be had.
 */
export async function openResolver(options: ResolverOptions): Promise<Resolver> {
  const { addresses, port = 53, resolvConf = '/etc/resolv.conf', upstreamPort = 53 } = options;
  const forwarder = new Forwarder({
    upstreams: new Upstreams(resolvConf, port === upstreamPort ? addresses : []),
    port: upstreamPort,
    timeoutMs: options.timeoutMs ?? 2000,
    mostQueries,
    mostQueriesOfClient,
  });
  const isClient = buildClientTest(options.clients);
  const handle = buildHandler(options.lookup, forwarder, isClient);
  const results = await Promise.allSettled(
    addresses.map((address) => listenOn({ address, port }, isClient, handle)),
  );
  const listeners = results.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const problems = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (listeners.length === 0 && problems[0] !== undefined) throw problems[0];
  let closed: Promise<unknown> | undefined;
  return {
    addresses: addresses.filter((_, index) => results[index]?.status === 'fulfilled'),
    problems,
    close: async () => {
      forwarder.close();
      closed ??= Promise.all(listeners.map((listener) => listener.close()));
      await closed;
    },
  };
}

/** Both transports or none: without TCP a long answer would never arrive. */
async function listenOn(
  endpoint: Endpoint,
  isClient: (address: string) => boolean,
  handle: Handler,
): Promise<Listener[]> {
  const { address, port } = endpoint;
  try {
    const udp = await listenUdp(endpoint, handle);
    const tcp = await listenTcp(endpoint, isClient, handle).catch(async (error) => {
      await udp.close();
      throw error;
    });
    return [udp, tcp];
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const hint =
      code === 'EADDRINUSE'
        ? 'Another name server has it: bind that one to its own addresses only'
        : undefined;
    const message = `Cannot serve names on ${address} port ${port}: ${code}`;
    throw new PeapodError('PEAPOD_UNSUPPORTED', message, { cause, hint, details: { address, port } });
  }
}

function buildHandler(lookup: Lookup, forwarder: Forwarder, isClient: (address: string) => boolean): Handler {
  return (message, request) => {
    try {
      if (isClient(request.client)) answer(message, request, { lookup, forwarder });
    } catch (error) {
      // Whatever a pod may send, it must not end the program that looks after all pods.
      log('a query of %s: %s', request.client, error);
    }
  };
}

function answer(
  message: Buffer,
  request: Request,
  { lookup, forwarder }: { readonly lookup: Lookup; readonly forwarder: Forwarder },
): void {
  const query = parseQuery(message);
  if (query === undefined) return;
  const isLimited = request.transport === 'udp' && query.question !== undefined;
  const own = answerQuery(query, lookup, isLimited ? udpLimitOf(query) : longestMessage);
  if (own !== undefined) request.reply(own);
  else if (query.question !== undefined) void forwarder.forward(query, request).then(request.reply);
}

function buildClientTest(ranges: readonly IpRange[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefixLength } of ranges) {
    list.addSubnet(address, prefixLength, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  // A link-local address comes with its link (`fe80::1%eth0`), which a list does not understand: none of ours is one.
  return (address) => !address.includes('%') && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
