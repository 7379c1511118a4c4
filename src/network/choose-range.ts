import { PeapodError } from '../errors.js';
import { formatRange, type IpRange, rangesOverlap } from './ip-range.js';

/** Private ranges in the order they are tried: no other container tool begins with these. */
const candidates: readonly IpRange[] = [
  ...numbered(85, 127, (second) => ({ address: `10.${second}.0.0`, prefixLength: 16 })),
  ...numbered(24, 31, (second) => ({ address: `172.${second}.0.0`, prefixLength: 16 })),
  ...numbered(128, 255, (third) => ({ address: `192.168.${third}.0`, prefixLength: 24 })),
];

/**
 * A range for pods, `10.85.0.0/16`, that has nothing to do with `used`: the host's addresses and routes. When a wide
 * route, a tunnel's 10.0.0.0/8 for example, leaves no such range, one that only lies within wider ones. Throws
 * PEAPOD_CONFLICT when there is none either.
 */
export function chooseRange(used: readonly IpRange[]): string {
  const apart = candidates.find(
    (range) => !used.some((other) => isRoute(other) && rangesOverlap(range, other)),
  );
  const found = apart ?? candidates.find((range) => findInTheWay(range, used) === undefined);
  if (found !== undefined) return formatRange(found);
  throw new PeapodError(
    'PEAPOD_CONFLICT',
    'Cannot choose a range for pods: this host uses all that are tried',
    {
      hint: 'Name one: peapod serve --pod-cidr 10.85.0.0/16',
    },
  );
}

/**
 * One of `used` that lies in the range, so that pods would lose traffic to it. A wider one is no trouble: the pods'
 * range is the more specific route.
 */
export function findInTheWay<T extends IpRange>(range: IpRange, used: readonly T[]): T | undefined {
  return used.find((other) => other.prefixLength >= range.prefixLength && rangesOverlap(range, other));
}

/** The default route is every host's and in nobody's way. */
function isRoute({ prefixLength }: IpRange): boolean {
  return prefixLength > 0;
}

function numbered(from: number, to: number, build: (number: number) => IpRange): IpRange[] {
  return Array.from({ length: to - from + 1 }, (_, offset) => build(from + offset));
}
