import type { Command } from 'commander';
import { PeapodError } from '../errors.js';
import type { NetworkOptions } from '../network/settings.js';

/** The pods' network as `peapod serve` is told of it. */
export interface NetworkWords {
  readonly podCidr?: string;
  readonly bridge?: string;
  readonly networkMtu?: string;
}

export function addNetworkOptions(command: Command): void {
  command
    .option(
      '--pod-cidr <ranges>',
      'range of pod addresses, 10.85.0.0/16, or one of each family (PEAPOD_POD_CIDR)',
    )
    .option('--bridge <name>', 'bridge that pods hang on')
    .option('--network-mtu <bytes>', 'largest packet of pods');
}

/** What an engine is to be opened with. An option counts for more than the environment. */
export function readNetworkOptions(words: NetworkWords, env: NodeJS.ProcessEnv): NetworkOptions {
  const podCidr = words.podCidr ?? (env.PEAPOD_POD_CIDR || undefined);
  return {
    ...(podCidr !== undefined && { podCidr }),
    ...(words.bridge !== undefined && { bridge: words.bridge }),
    ...(words.networkMtu !== undefined && { mtu: readMtu(words.networkMtu) }),
  };
}

/** The same words for the daemon that is to be started. */
export function networkArguments({ podCidr, bridge, networkMtu }: NetworkWords): string[] {
  return [
    ...(podCidr === undefined ? [] : ['--pod-cidr', podCidr]),
    ...(bridge === undefined ? [] : ['--bridge', bridge]),
    ...(networkMtu === undefined ? [] : ['--network-mtu', networkMtu]),
  ];
}

function readMtu(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new PeapodError('PEAPOD_USAGE', `--network-mtu "${text}" is no number of bytes`);
}
