import { PeapodError } from '../errors.js';
import { answeredOnce, NETLINK_ROUTE } from '../kernel/netlink.js';
import { NewNetwork } from '../kernel/network-namespace.js';
import type { Attachment } from './attachment.js';
import { type Bridge, buildHostRequests, buildPodRequests } from './build-attachment.js';
import { withRouteSocket } from './dump.js';

/** The network of a pod: a namespace, and all it needs to hang on the bridge. */
export class Wiring {
  readonly #hostNetwork: number;
  readonly #network = new NewNetwork(NETLINK_ROUTE);
  #wired: Promise<void> | undefined;

  /**
   * Begins to make the namespace, in which there is nothing but `lo` then, which is down. `hostNetwork` is our descriptor of
   * the namespace that the bridge is in.
   */
  constructor(hostNetwork: number) {
    this.#hostNetwork = hostNetwork;
  }

  /** Of the namespace, once it is there. */
  get namespace(): number {
    return this.#network.namespace;
  }

  /** A connection on which the namespace's descriptor comes as soon as it is there. */
  get coming(): number {
    return this.#network.coming;
  }

  /**
   * The pair, `lo`, addresses and routes, and the host's end on the bridge, which is not up before the firewall knows of the
   * pod: what the kernel says there by itself would count as forged. Throws PEAPOD_NETWORK_UNAVAILABLE, or what `known`
   * rejects with.
   */
  wire(attachment: Attachment, bridge: Bridge, known: Promise<void>): Promise<void> {
    this.#wired ??= this.#wire(attachment, bridge, known);
    return this.#wired;
  }

  /** It is wired, and only the namespace is still needed. */
  settle(): void {
    this.#network.settle();
  }

  /** Lets it go, when nobody works with it any more: it ends, unless somebody is in it. */
  async close(): Promise<void> {
    await this.#wired?.catch(() => {});
    await this.#network.close();
  }

  /** All is sent before there is anything to send it to: the thread for links does one after the other. */
  async #wire(attachment: Attachment, bridge: Bridge, known: Promise<void>): Promise<void> {
    const { made, socket } = this.#network;
    const host = { fd: this.#hostNetwork };
    const pairing = socket.send(
      answeredOnce(buildPodRequests(attachment, { host, hasIpv6: bridge.hasIpv6 })),
    );
    const plugging = known.then(() => plug(attachment, bridge));
    await Promise.allSettled([made, pairing, plugging]);
    // What comes first is the reason for what comes later.
    await made.catch(explainMaking);
    await known;
    await pairing.catch(explainRefusal);
    await plugging.catch(explainRefusal);
  }
}

function plug(attachment: Attachment, bridge: Bridge): Promise<unknown> {
  const requests = answeredOnce(buildHostRequests(attachment, bridge));
  return withRouteSocket(undefined, (socket) => socket.send(requests));
}

/** The bridge has no part in it. */
function explainMaking(cause: Error): never {
  throw new PeapodError('PEAPOD_NETWORK_UNAVAILABLE', `Cannot make a network namespace: ${cause.message}`, {
    hint: 'user.max_net_namespaces, and the memory of the kernel, limit how many there are',
    cause,
  });
}

/** Throws what the kernel would not do for a pod's network, as an error for people. */
export function explainRefusal(cause: Error): never {
  throw new PeapodError('PEAPOD_NETWORK_UNAVAILABLE', cause.message, {
    hint: 'Something on this host may have removed the bridge: it is made anew for the next try',
    details: { op: 'netlink' },
    cause,
  });
}
