import type { Attachment } from './attachment.js';

/** A network namespace that pause joins: it is there, or its descriptor comes on a connection as soon as it is. */
export type JoinedPlace = { readonly namespace: number } | { readonly coming: number };

/** The network that a pod's pause is to join, so that it hangs on the bridge. */
export interface Link {
  readonly attachment: Attachment;
  readonly place: JoinedPlace;
  /**
   * Wires it, unless that was done ahead, and lets the pod's packets through the firewall: to be called while pause is on
   * its way, and to be waited for. Throws PEAPOD_NETWORK_UNAVAILABLE, or what the firewall throws.
   */
  open(): Promise<void>;
  /** Closes the namespace, in the end: it lasts as long as pause is in it. */
  close(): Promise<void>;
}
