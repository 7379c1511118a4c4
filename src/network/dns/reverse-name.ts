/** The name under which the name of an address is looked up: `2.0.85.10.in-addr.arpa`. */
export function reverseName(address: Buffer): string {
  return `${partsOf(address).reverse().join('.')}.${rootOf(address)}`;
}

/**
 * The domains that hold the reverse names of a range. One, if the prefix ends where a label does; else one for each
 * value of the label it ends in: 10.85.16.0/20 are 16 domains.
 */
export function reverseZones(address: Buffer, prefixLength: number): string[] {
  const bitsOfLabel = address.length === 4 ? 8 : 4;
  const whole = Math.floor(prefixLength / bitsOfLabel);
  const spareBits = (bitsOfLabel - (prefixLength % bitsOfLabel)) % bitsOfLabel;
  const labels = partsOf(address).slice(0, whole).reverse();
  const root = rootOf(address);
  if (spareBits === 0) return [[...labels, root].join('.')];
  const value = labelValue(address, whole, bitsOfLabel) & ~(2 ** spareBits - 1);
  return Array.from({ length: 2 ** spareBits }, (_, index) =>
    [(value + index).toString(bitsOfLabel === 8 ? 10 : 16), ...labels, root].join('.'),
  );
}

function partsOf(address: Buffer): string[] {
  return address.length === 4 ? [...address].map(String) : [...address.toString('hex')];
}

function rootOf(address: Buffer): string {
  return address.length === 4 ? 'in-addr.arpa' : 'ip6.arpa';
}

function labelValue(address: Buffer, index: number, bits: number): number {
  return Number.parseInt(partsOf(address)[index] as string, bits === 8 ? 10 : 16);
}
