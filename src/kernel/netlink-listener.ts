import { hasCode } from '../errors.js';
import { binding } from '../native/binding.js';
import { WATCH_READABLE } from './constants.js';
import { parseMessages, type ReceivedMessage } from './netlink-message.js';

/** A datagram of notifications is no longer than this; the kernel fills pages. */
const maxDatagramBytes = 32 * 1024;

export interface NetlinkListener {
  close(): void;
}

/** What is told as it comes: the messages of one datagram, or that some were lost because too many came at once. */
export type NetlinkNews = readonly ReceivedMessage[] | 'lost';

/**
 * Hears a multicast group of a netlink protocol in our own network namespace until it is closed. It does not keep the
 * process alive. Throws Node's own kind of system error, EPROTONOSUPPORT where the kernel lacks the protocol.
 */
export function listenNetlink(
  protocol: number,
  group: number,
  hear: (news: NetlinkNews) => void,
): NetlinkListener {
  const fd = binding().listenNetlink(protocol, group);
  let isOpen = true;
  const watcher = binding().watch(fd, WATCH_READABLE, (status) => {
    for (let news = readOne(fd); news !== undefined; news = isOpen ? readOne(fd) : undefined) hear(news);
    // libuv stops at a loss, which it takes for the end of the socket.
    if (isOpen && status !== 0) watcher.update(WATCH_READABLE);
  });
  watcher.unref();
  return {
    close() {
      isOpen = false;
      watcher.close();
      binding().close(fd);
    },
  };
}

/** Undefined when there is nothing to read. */
function readOne(fd: number): NetlinkNews | undefined {
  try {
    const received = binding().receiveMessage(fd, maxDatagramBytes, 0);
    return received === null ? undefined : parseMessages(received.data);
  } catch (error) {
    if (hasCode(error, 'ENOBUFS')) return 'lost';
    throw error;
  }
}
