import type { NftSet } from './nft/table.js';

/** What changes in the firewall when pods and ports come and go: elements of these, and nothing else. */

/** A protocol and a port, at any address of the host, to a pod's address and port. */
export const ports4: NftSet = {
  name: 'ports4',
  key: ['inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};

export const ports6: NftSet = {
  name: 'ports6',
  key: ['inet_proto', 'inet_service'],
  data: ['ipv6_addr', 'inet_service'],
};

/** The same at one address of the host. */
export const addressPorts4: NftSet = {
  name: 'address-ports4',
  key: ['ipv4_addr', 'inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};

export const addressPorts6: NftSet = {
  name: 'address-ports6',
  key: ['ipv6_addr', 'inet_proto', 'inet_service'],
  data: ['ipv6_addr', 'inet_service'],
};

/** The host's end of a pod's link, and the pod's MAC. */
export const macs: NftSet = { name: 'macs', key: ['ifname', 'ether_addr'] };

/** What a pod may call itself: link, MAC and address. */
export const sources4: NftSet = { name: 'sources4', key: ['ifname', 'ether_addr', 'ipv4_addr'] };

export const sources6: NftSet = { name: 'sources6', key: ['ifname', 'ether_addr', 'ipv6_addr'] };
