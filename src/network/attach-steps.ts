import { NETLINK_ROUTE, type NetlinkRequest } from '../kernel/netlink.js';
import { encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../kernel/netlink-message.js';
import type { Step } from '../kernel/plan/schema.js';
import type { Attachment } from './attachment.js';
import { type Bridge, buildHostRequests, buildPodRequests } from './build-attachment.js';
import { buildLinkUp, loopbackIndex } from './link.js';

/** What making a pod's network adds to the plan of its pause. */
export interface NetworkSteps {
  /** The launcher's. */
  readonly before: readonly Step[];
  /** Pause's own, in its network namespace, before anything else. */
  readonly child: readonly Step[];
  /** The network namespace is there already, and joined: the plan's input `network`. */
  readonly isJoined: boolean;
}

/** One request a step, so that a failure says which. */
function ask(socket: string, { type, flags, payload, action }: NetlinkRequest): Step {
  const requests = encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence: 1, payload });
  return { op: 'netlink', socket, requests, answers: 1, action };
}

const openPodSocket: Step = { op: 'openNetlink', protocol: NETLINK_ROUTE, out: 'podRoute' };

const openHostSocket: Step = { op: 'openNetlink', protocol: NETLINK_ROUTE, out: 'hostRoute' };

/** Nothing but to join a network namespace that somebody else has wired. */
export const joinSteps: NetworkSteps = { before: [], child: [], isJoined: true };

/** Brings up `lo`, which the kernel makes down, and with it 127.0.0.1 and ::1. */
export const loopbackSteps: NetworkSteps = {
  before: [],
  isJoined: false,
  child: [openPodSocket, ask('podRoute', buildLinkUp(loopbackIndex, 'lo'))],
};

/**
 * The pair, `lo`, addresses and routes, from inside the pod, then the host's end on the bridge, over a socket that was opened
 * outside: all within pause's launch, so that nobody waits for anybody. `hostNetwork` is our descriptor of the host's
 * network namespace, which has the same number in the child.
 */
export function buildAttachSteps(attachment: Attachment, bridge: Bridge, hostNetwork: number): NetworkSteps {
  const options = { host: { fd: hostNetwork }, hasIpv6: bridge.hasIpv6 };
  return {
    before: [openHostSocket],
    isJoined: false,
    child: [
      openPodSocket,
      ...buildPodRequests(attachment, options).map((request) => ask('podRoute', request)),
      ...buildHostRequests(attachment, bridge).map((request) => ask('hostRoute', request)),
    ],
  };
}
