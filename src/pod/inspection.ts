import type { Pod } from 'kubernetes-types/core/v1.js';
import type { RunInspection } from '../container/inspect.js';
import type { Attachment, PublishedPort } from '../network/attachment.js';
import type { ResolvConf } from '../network/dns/resolv-conf.js';
import type { SandboxFacts } from '../sandbox/inspect.js';

export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** One network interface. */
export interface LinkInspection {
  /** Whether it is seen in the pod or on the host. */
  readonly side: 'pod' | 'host';
  readonly name: string;
  readonly index: number;
  /** Name of the other end of a pair, which is on the other side. */
  readonly peer?: string;
  /** The bridge it is a port of. */
  readonly bridge?: string;
  readonly mac: string;
  readonly mtu: number;
  readonly isUp: boolean;
  /** With prefix: `10.85.0.2/16`. */
  readonly addresses: readonly string[];
  readonly received: Traffic;
  readonly sent: Traffic;
}

export interface RouteInspection {
  /** `default`, or a prefix such as `10.85.0.0/16`. */
  readonly destination: string;
  readonly gateway?: string;
  /** The interface it leaves by. */
  readonly link: string;
}

/** A pod's share of the root's firewall. */
export interface FirewallInspection {
  /** For example `inet peapod`. */
  readonly tables: readonly string[];
  /** Elements of sets and maps that are the pod's: `publish: tcp . 8080 : 10.85.0.2 . 80`. */
  readonly elements: readonly { readonly set: string; readonly element: string }[];
  /** Of the whole root, by name. */
  readonly counters: Readonly<Record<string, Traffic>>;
}

export interface NetworkInspection {
  /** `private`, `host`, `none`, or what it is joined to. */
  readonly mode: string;
  /** Absent when the pod does not hang on the bridge. */
  readonly attachment?: Attachment;
  readonly links: readonly LinkInspection[];
  readonly routes: readonly RouteInspection[];
  readonly ports: readonly PublishedPort[];
  readonly firewall?: FirewallInspection;
}

/** A pod's pause process and what it holds. */
export interface SandboxInspection extends SandboxFacts {
  readonly network: NetworkInspection;
}

export interface ContainerInspection extends RunInspection {
  readonly name: string;
  /** The restart count. */
  readonly attempt: number;
  /** The file its output goes to. */
  readonly log: string;
}

/** Everything about a pod that a person, or a drawing of who shares what, may ask for. */
export interface PodInspection {
  readonly pod: Pod;
  readonly ports: readonly PublishedPort[];
  /** Absent while there is none. */
  readonly sandbox?: SandboxInspection;
  /** Of its resolv.conf. */
  readonly dns: ResolvConf;
  readonly containers: readonly ContainerInspection[];
}
