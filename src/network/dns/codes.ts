/** Types of records, RFC 1035 3.2.2 and those that came later. */
export const recordTypes = {
  A: 1,
  SOA: 6,
  PTR: 12,
  AAAA: 28,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

/** How a query ended, RFC 1035 4.1.1; `badVersion` is RFC 6891's and needs an OPT record to fit. */
export const responseCodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

/** Bits of the header's second word. */
export const flags = {
  response: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authenticData: 0x0020,
  checkingDisabled: 0x0010,
  responseCode: 0x000f,
} as const;

export const classInternet = 1;

export const headerBytes = 12;

/** What a client that says nothing of EDNS can take over UDP, in bytes. */
export const plainUdpBytes = 512;

/** What we say we can take over UDP, in bytes: fits one frame on any path. (DNS flag day 2020.) */
export const ourUdpBytes = 1232;
