import { findMissing } from '../network/firewall-features.js';
import { type ForwardingState, readForwarding } from '../network/forwarding.js';
import { NftConnection } from '../network/nft/connection.js';

/** A part of nftables that this kernel lacks. */
export interface MissingPart {
  /** `the fib expression`. */
  readonly what: string;
  /** Of modprobe(8). */
  readonly module: string;
  /** Without it pods have a network all the same. */
  readonly isOptional: boolean;
}

/** What the host has for pods on the bridge. */
export interface NetworkFacts {
  readonly forwarding: ForwardingState;
  readonly missing: readonly MissingPart[];
}

/** Looks, and changes nothing. Rejects with EPERM for anybody but an administrator of the network. */
export async function readNetworkFacts(): Promise<NetworkFacts> {
  const connection = new NftConnection();
  try {
    const missing = await findMissing(connection);
    return {
      forwarding: await readForwarding(),
      missing: missing.map(({ what, module, isOptional = false }) => ({ what, module, isOptional })),
    };
  } finally {
    await connection.close();
  }
}
