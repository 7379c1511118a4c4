/** An address's 4 or 16 bytes in network order as one number. */
export function addressNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

/** The other way round: `length` is 4 or 16. */
export function numberedAddress(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
}
