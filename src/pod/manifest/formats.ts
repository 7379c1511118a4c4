import { constants } from 'node:os';
import { plainCapabilityNames } from '../../kernel/capabilities.js';
import { isHostIp } from '../host-ip.js';
import { didYouMean } from './suggest.js';

/** What is wrong with a text. */
export interface Flaw {
  readonly message: string;
  readonly hint?: string | undefined;
  /** It is right, but this version cannot honour it. */
  readonly isLater?: boolean;
}

type Format = (text: string) => Flaw | undefined;

/** How a text must look, by the name the table of fields uses; the rules are those of the API server. */
export const formats = {
  /** RFC 1123 label: names of containers and volumes become names of files and host names. */
  label: (text) => checkName(text, { pattern: labelPattern, longest: 63, rule: labelRule }),
  subdomain: (text) => checkName(text, { pattern: subdomainPattern, longest: 253, rule: subdomainRule }),
  portName: checkPortName,
  labelValue: checkLabelValue,
  qualifiedName: checkQualifiedName,
  annotationName: (text) => checkQualifiedName(text.toLowerCase()),
  envName: checkEnvName,
  image: checkImage,
  mountPath: checkMountPath,
  absolutePath: checkAbsolutePath,
  hostPath: (text) => checkNoBacksteps(text) ?? checkAbsolutePath(text),
  subPath: checkSubPath,
  medium: checkMedium,
  signal: checkSignal,
  capability: checkCapability,
  fieldPath: checkFieldPath,
  hostIp: checkHostIp,
  address: checkAddress,
  searchDomain: checkSearchDomain,
  nodename: (text) => checkName(text, { pattern: subdomainPattern, longest: 64, rule: subdomainRule }),
  resolverOption: checkResolverOption,
  resolverValue: (text) => (text === '' ? undefined : checkResolverOption(text)),
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelRule = 'must be lower-case letters, digits and "-", with a letter or digit at both ends';
const subdomainRule = 'must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends';
const wordPattern = /^[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/;
const wordRule = 'must be letters, digits, "-", "_" and ".", with a letter or digit at both ends';

interface NameRules {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly rule: string;
}

function checkName(text: string, { pattern, longest, rule }: NameRules): Flaw | undefined {
  if (text.length > longest) return { message: `must be no longer than ${longest} characters` };
  if (pattern.test(text)) return undefined;
  const lowered = text.toLowerCase().replaceAll('_', '-');
  return { message: rule, hint: pattern.test(lowered) ? `for example "${lowered}"` : undefined };
}

function checkPortName(text: string): Flaw | undefined {
  const isName = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text);
  if (isName && text.length <= 15) return undefined;
  return { message: 'must be 1 to 15 lower-case letters, digits and single "-", with a letter among them' };
}

function checkLabelValue(text: string): Flaw | undefined {
  return text === '' ? undefined : checkName(text, { pattern: wordPattern, longest: 63, rule: wordRule });
}

function checkQualifiedName(text: string): Flaw | undefined {
  const parts = text.split('/');
  if (parts.length > 2) return { message: 'the key must have at most one "/"' };
  const name = checkName(parts.at(-1) as string, { pattern: wordPattern, longest: 63, rule: wordRule });
  if (name !== undefined) return { message: `the key ${name.message}` };
  const prefix = parts.length === 2 ? formats.subdomain(parts[0] as string) : undefined;
  return prefix === undefined ? undefined : { message: `the part of the key before "/" ${prefix.message}` };
}

function checkEnvName(text: string): Flaw | undefined {
  if (/^[ -<>-~]+$/.test(text)) return undefined;
  return { message: 'must be printable ASCII characters other than "="' };
}

function checkImage(text: string): Flaw | undefined {
  if (text === '') return { message: 'must not be empty' };
  if (/^\S+$/.test(text)) return undefined;
  return { message: 'must not hold white space' };
}

function checkAbsolutePath(text: string): Flaw | undefined {
  if (text.startsWith('/')) return undefined;
  return { message: 'must be an absolute path', hint: text === '' ? undefined : `for example "/${text}"` };
}

function checkMountPath(text: string): Flaw | undefined {
  if (text.includes(':')) return { message: 'must not contain ":"' };
  if (/^\/[/.]*$/.test(text) && !text.includes('...')) return { message: 'must not be the root directory' };
  return checkAbsolutePath(text);
}

function checkNoBacksteps(text: string): Flaw | undefined {
  return text.split('/').includes('..') ? { message: 'must not contain ".."' } : undefined;
}

function checkSubPath(text: string): Flaw | undefined {
  if (text.startsWith('/')) return { message: 'must be a relative path' };
  return checkNoBacksteps(text);
}

function checkMedium(text: string): Flaw | undefined {
  if (text === '' || text === 'Memory') return undefined;
  if (/^HugePages(-\d+[KMG]i)?$/.test(text))
    return { message: 'huge pages are not supported yet', isLater: true };
  return { message: 'must be "" or "Memory"', hint: didYouMean(text, ['Memory']) };
}

function checkSignal(text: string): Flaw | undefined {
  // Both are glibc's names; 32 and 33 are its own, so SIGRTMIN is 34.
  if (/^SIGRTMIN(\+([1-9]|1[0-5]))?$|^SIGRTMAX(-([1-9]|1[0-4]))?$/.test(text)) return undefined;
  if (Object.hasOwn(constants.signals, text)) return undefined;
  return { message: 'must be the name of a signal', hint: didYouMean(text, Object.keys(constants.signals)) };
}

/** The API leaves CAP_ out; with it is understood as well. */
const capabilityWords = ['ALL', ...plainCapabilityNames];

function checkCapability(text: string): Flaw | undefined {
  const name = text.replace(/^CAP_/, '');
  if (capabilityWords.includes(name)) return undefined;
  return { message: 'must be the name of a capability', hint: didYouMean(name, capabilityWords) };
}

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.podIP',
  'status.podIPs',
  'status.hostIP',
  'status.hostIPs',
];
const subscriptPattern = /^metadata\.(labels|annotations)\['(.+)'\]$/;

function checkFieldPath(text: string): Flaw | undefined {
  if (fieldPaths.includes(text)) return undefined;
  const [, map, key] = subscriptPattern.exec(text) ?? [];
  if (key !== undefined) {
    return map === 'labels' ? formats.qualifiedName(key) : formats.annotationName(key);
  }
  const hint = didYouMean(text, fieldPaths) ?? `or metadata.labels['KEY'], …annotations['KEY']`;
  return { message: `must be one of ${fieldPaths.join(', ')}`, hint };
}

function checkAddress(text: string): Flaw | undefined {
  if (isHostIp(text)) return undefined;
  return { message: 'must be an IP address, such as 10.0.0.53 or fd00::53' };
}

const searchPattern = /^[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?(\.[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?)*$/;
const searchRule = 'must be lower-case letters, digits, "-", "_" and ".", or "." alone for no domain';

/** As the API server takes it since 1.34; a final dot says nothing. */
function checkSearchDomain(text: string): Flaw | undefined {
  if (text === '.') return undefined;
  const domain = text.replace(/\.$/, '');
  return checkName(domain, { pattern: searchPattern, longest: 253, rule: searchRule });
}

/** It becomes a word of /etc/resolv.conf. */
function checkResolverOption(text: string): Flaw | undefined {
  if (/^[!-~]+$/.test(text)) return undefined;
  return { message: text === '' ? 'must not be empty' : 'must be printable ASCII characters without spaces' };
}

/** Empty is every address of the host. */
function checkHostIp(text: string): Flaw | undefined {
  if (text === '' || isHostIp(text)) return undefined;
  return { message: 'must be an IP address, such as 127.0.0.1 or ::1' };
}
