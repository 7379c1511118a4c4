import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { hasCode } from '../../errors.js';
import { invalidConfiguration, objectAt, parseConfiguration } from './json-place.js';

/** How one registry, or mirror, is reached. */
export interface RegistrySettings {
  /** Origins that are tried first, in order: `https://mirror.example:5000`. */
  readonly mirrors: readonly string[];
  /** HTTP without TLS. */
  readonly plainHttp: boolean;
  /** TLS, but with whoever answers. */
  readonly skipTlsVerify: boolean;
  /** PEM, trusted besides what the host trusts. */
  readonly ca: string | undefined;
}

/** By host, and port unless it is that of the scheme, as references have it: `docker.io`, `localhost:5000`. */
export interface RegistryConfiguration {
  readonly registries: ReadonlyMap<string, RegistrySettings>;
}

export const defaultSettings: RegistrySettings = {
  mirrors: [],
  plainHttp: false,
  skipTlsVerify: false,
  ca: undefined,
};

export const noConfiguration: RegistryConfiguration = { registries: new Map() };

const settingNames = ['mirrors', 'plainHttp', 'skipTlsVerify', 'ca'];

/**
 * Reads how registries are reached, a JSON file:
 * `{"registries": {"docker.io": {"mirrors": ["http://127.0.0.1:5000"]}, "r.example": {"ca": "/etc/r.pem"}}}`.
 * A mirror's own settings are found by its host. A file that is missing configures nothing. Throws
 * PEAPOD_REGISTRY_CONFIG with the place of what is wrong.
 */
export async function readRegistryConfiguration(path: string): Promise<RegistryConfiguration> {
  const text = await readText(path);
  if (text === undefined) return noConfiguration;
  const value = parseConfiguration(text, path);
  const { registries = {} } = objectAt(value, { path, place: '', known: ['registries'] });
  const members = Object.entries(objectAt(registries, { path, place: 'registries' }));
  const parsed = members.map(async ([name, settings]) => {
    const place = `registries[${JSON.stringify(name)}]`;
    if (hostOf(`https://${name}`) === undefined) throw invalidConfiguration(path, place, 'it is no host');
    return [name.toLowerCase(), await parseSettings(settings, path, place)] as const;
  });
  return { registries: new Map(await Promise.all(parsed)) };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw invalidConfiguration(path, '', `it cannot be read (${(error as { code?: string }).code})`);
  }
}

async function parseSettings(value: unknown, path: string, place: string): Promise<RegistrySettings> {
  const {
    mirrors = [],
    plainHttp,
    skipTlsVerify,
    ca,
  } = objectAt(value, { path, place, known: settingNames });
  if (!Array.isArray(mirrors)) throw invalidConfiguration(path, `${place}.mirrors`, 'it is no array');
  const origins = mirrors.map((mirror, index) => parseMirror(mirror, path, `${place}.mirrors[${index}]`));
  const settings = {
    mirrors: origins,
    plainHttp: parseFlag(plainHttp, path, `${place}.plainHttp`),
    skipTlsVerify: parseFlag(skipTlsVerify, path, `${place}.skipTlsVerify`),
    ca: await readAuthority(ca, path, `${place}.ca`),
  };
  if (settings.plainHttp && (settings.skipTlsVerify || ca !== undefined)) {
    throw invalidConfiguration(path, `${place}.plainHttp`, 'there is no TLS to verify with it');
  }
  return settings;
}

function parseFlag(value: unknown, path: string, place: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw invalidConfiguration(path, place, 'it is neither true nor false');
}

function parseMirror(value: unknown, path: string, place: string): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && hostOf(url.href) !== undefined && /^https?:$/.test(url.protocol))
    return url.origin;
  throw invalidConfiguration(path, place, 'it is not "http://" or "https://", a host and perhaps a port');
}

/** The host of a URL that has nothing else but a scheme and a port; undefined for any other. */
function hostOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.href === `${url.origin}/` ? url.host : undefined;
}

async function readAuthority(value: unknown, path: string, place: string): Promise<string | undefined> {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !isAbsolute(value)) {
    throw invalidConfiguration(path, place, 'it is no absolute path of a file');
  }
  const text = await readFile(value, 'utf8').catch((error) => {
    throw invalidConfiguration(path, place, `"${value}" cannot be read (${error.code})`);
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw invalidConfiguration(path, place, `"${value}" has no certificate in PEM`);
}
