import { NETLINK_ROUTE, NetlinkSocket } from '../kernel/netlink.js';
import { buildLinkUp } from './link.js';

/** The loopback interface is the first of every network namespace. */
const loopbackIndex = 1;

/**
 * Brings up `lo` in the network namespace of a process, which gives it 127.0.0.1 and ::1. The kernel makes it down.
 * Throws a SystemError.
 */
export async function setLoopbackUp(pidfd: number): Promise<void> {
  await NetlinkSocket.exchange(NETLINK_ROUTE, pidfd, [buildLinkUp(loopbackIndex, 'lo')]);
}
