/** A transport protocol a port is published for, as a manifest writes it. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** A port of the host that leads to one of a pod. */
export interface PublishedPort {
  readonly protocol: Protocol;
  /** 1 to 65535. */
  readonly hostPort: number;
  /** An address of the host, of either family; absent is every one of them. */
  readonly hostIP?: string | undefined;
  /** 1 to 65535. */
  readonly containerPort: number;
}

/** One address of a pod, in its textual form without a prefix: `10.85.0.2`, `fd00:85::2`. */
export interface PodAddress {
  readonly family: 4 | 6;
  readonly address: string;
  readonly prefixLength: number;
  /** The bridge's own address in the same range: the pod's default route. */
  readonly gateway: string;
}

/**
 * How a pod hangs on the bridge: plain data, decided before anything is made, kept in the sandbox's record, and enough
 * to put the firewall's share of it back.
 */
export interface Attachment {
  readonly podUid: string;
  /** The bridge's name. */
  readonly bridge: string;
  /** The host's end of the pair, at most 15 bytes; the pod's end is always `eth0`. */
  readonly link: string;
  /** Of eth0: `0a:58:0a:55:00:02`. */
  readonly mac: string;
  /** Of both ends, in bytes. */
  readonly mtu: number;
  /** At least one, IPv4 first. */
  readonly addresses: readonly PodAddress[];
  readonly ports: readonly PublishedPort[];
}
