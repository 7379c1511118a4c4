import { CLONE_NEWNET } from '../kernel/constants.js';
import { NETLINK_ROUTE, type NetlinkRequest } from '../kernel/netlink.js';
import { encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../kernel/netlink-message.js';
import type { Step } from '../kernel/plan/schema.js';
import { buildLinkUp, loopbackIndex } from './link.js';

/** What a pod's network is to the plan of its pause. */
export interface NetworkSteps {
  /** Of the plan's inputs: the network namespace to join, `network`, or the connection it comes on, `networkSocket`. */
  readonly inputs: readonly string[];
  /** Pause's own; afterwards it is in its network namespace. */
  readonly child: readonly Step[];
  /** They wait for somebody, and come as late as they can. */
  readonly isLate?: true;
}

/** One request a step, so that a failure says which. */
function ask(socket: string, { type, flags, payload, action }: NetlinkRequest): Step {
  const requests = encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence: 1, payload });
  return { op: 'netlink', socket, requests, answers: 1, action };
}

const openPodSocket: Step = { op: 'openNetlink', protocol: NETLINK_ROUTE, out: 'podRoute' };

/** The host's. */
export const hostSteps: NetworkSteps = { inputs: [], child: [] };

const joinNetwork: Step = { op: 'joinNamespaces', target: 'network', flags: CLONE_NEWNET };

/** Nothing but to join a network namespace that is there. */
export const joinSteps: NetworkSteps = { inputs: ['network'], child: [joinNetwork] };

/** To join one that is being made meanwhile. */
export const comingSteps: NetworkSteps = {
  inputs: ['networkSocket'],
  child: [
    // The other end of the connection among them: should its owner be killed, nobody waits for ever.
    { op: 'closeOthers', first: 3 },
    { op: 'receiveFd', socket: 'networkSocket', out: 'network' },
    joinNetwork,
  ],
  isLate: true,
};

/** Brings up `lo`, which the kernel makes down, and with it 127.0.0.1 and ::1. */
export const loopbackSteps: NetworkSteps = {
  inputs: [],
  child: [openPodSocket, ask('podRoute', buildLinkUp(loopbackIndex, 'lo'))],
};
