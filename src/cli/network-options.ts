import { isAbsolute } from 'node:path';
import type { Command } from 'commander';
import { PeapodError } from '../errors.js';
import type { CniSettings, NetworkOptions } from '../network/settings.js';

/** The pods' network as `peapod serve` is told of it. */
export interface NetworkWords {
  readonly network?: string;
  readonly podCidr?: string;
  readonly bridge?: string;
  readonly networkMtu?: string;
  readonly dns?: boolean;
}

export function addNetworkOptions(command: Command): void {
  command
    .option('--network <kind>', 'bridge, or cni:DIR: what the CNI plugins configured in DIR make')
    .option(
      '--pod-cidr <ranges>',
      'range of pod addresses, 10.85.0.0/16, or one of each family (PEAPOD_POD_CIDR)',
    )
    .option('--bridge <name>', 'bridge that pods hang on')
    .option('--network-mtu <bytes>', 'largest packet of pods')
    .option('--dns', 'let pods find each other by name (the default)')
    .option('--no-dns', 'do not');
}

/** What an engine is to be opened with. An option counts for more than the environment. */
export function readNetworkOptions(words: NetworkWords, env: NodeJS.ProcessEnv): NetworkOptions {
  const podCidr = words.podCidr ?? (env.PEAPOD_POD_CIDR || undefined);
  return {
    ...(words.network !== undefined && { cni: readCni(words.network) }),
    ...(podCidr !== undefined && { podCidr }),
    ...(words.bridge !== undefined && { bridge: words.bridge }),
    ...(words.networkMtu !== undefined && { mtu: readMtu(words.networkMtu) }),
    ...(words.dns !== undefined && { dns: words.dns }),
  };
}

/** The same words for the daemon that is to be started. */
export function networkArguments(words: NetworkWords): string[] {
  const { network, podCidr, bridge, networkMtu, dns } = words;
  return [
    ...(network === undefined ? [] : ['--network', network]),
    ...(podCidr === undefined ? [] : ['--pod-cidr', podCidr]),
    ...(bridge === undefined ? [] : ['--bridge', bridge]),
    ...(networkMtu === undefined ? [] : ['--network-mtu', networkMtu]),
    ...(dns === undefined ? [] : [dns ? '--dns' : '--no-dns']),
  ];
}

function readCni(text: string): CniSettings | null {
  if (text === 'bridge') return null;
  const confDir = text.startsWith('cni:') ? text.slice('cni:'.length) : '';
  // The daemon works in `/`, and so will those that come after it.
  if (isAbsolute(confDir)) return { confDir };
  throw new PeapodError('PEAPOD_USAGE', `--network "${text}" is neither bridge nor cni:DIR`, {
    hint: 'Name the directory with its absolute path, for example cni:/etc/cni/net.d',
  });
}

function readMtu(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new PeapodError('PEAPOD_USAGE', `--network-mtu "${text}" is no number of bytes`);
}
