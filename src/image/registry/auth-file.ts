import { readFile } from 'node:fs/promises';
import { hasCode } from '../../errors.js';
import type { JsonObject } from '../document.js';
import type { Credential, Credentials } from './credential.js';
import { askHelper } from './credential-helper.js';
import { invalidConfiguration, objectAt, parseConfiguration } from './json-place.js';

/** The name under which Docker's programs keep the credentials for docker.io. */
const dockerKey = 'https://index.docker.io/v1/';
const dockerHosts = ['index.docker.io', 'docker.io', 'registry-1.docker.io'];

interface AuthFile {
  readonly path: string;
  readonly auths: JsonObject;
  readonly helpers: JsonObject;
  readonly store: string | undefined;
}

/**
 * The credentials of Docker's config.json: those in `auths`, or of the programs named by `credHelpers` and `credsStore`,
 * which then have the last word. The file is read anew for each question, for `docker login` changes it; one that is
 * missing has none.
 */
export function readCredentials(path: string): Credentials {
  return {
    place: path,
    async find(registry, scheme) {
      const file = await readAuthFile(path);
      if (file === undefined) return undefined;
      const helper = memberText(file, file.helpers, registry, 'credHelpers') ?? file.store;
      if (helper === undefined) return findInFile(file, registry, scheme);
      return await askHelper(helper, registry === 'docker.io' ? dockerKey : registry);
    },
  };
}

async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw invalidConfiguration(path, '', `it cannot be read (${error.code})`);
  });
  if (text === undefined) return undefined;
  // Docker keeps much else in it, which is none of our business.
  const { auths, credHelpers, credsStore } = objectAt(parseConfiguration(text, path), { path, place: '' });
  if (credsStore !== undefined && typeof credsStore !== 'string') {
    throw invalidConfiguration(path, 'credsStore', 'it is no string');
  }
  return {
    path,
    auths: objectAt(auths ?? {}, { path, place: 'auths' }),
    helpers: objectAt(credHelpers ?? {}, { path, place: 'credHelpers' }),
    store: credsStore || undefined,
  };
}

function findInFile(file: AuthFile, registry: string, scheme: 'https:' | 'http:'): Credential | undefined {
  const keys = Object.keys(file.auths).filter((key) => isFor(key, registry, scheme));
  const key = keys.find((key) => key === dockerKey || key === registry) ?? keys[0];
  if (key === undefined) return undefined;
  const place = `auths[${JSON.stringify(key)}]`;
  return readEntry(file, objectAt(file.auths[key], { path: file.path, place }), place);
}

/** True if a key names the registry's host: what is kept for TLS is not said without. */
function isFor(key: string, registry: string, scheme: string): boolean {
  if (key.startsWith('https://') && scheme !== 'https:') return false;
  const host =
    key
      .replace(/^https?:\/\//, '')
      .split('/', 1)[0]
      ?.toLowerCase() ?? '';
  return registry === 'docker.io' ? dockerHosts.includes(host) : host === registry.toLowerCase();
}

function readEntry(file: AuthFile, entry: JsonObject, place: string): Credential | undefined {
  const text = (name: string) => memberText(file, entry, name, place) ?? '';
  const [identityToken, auth] = [text('identitytoken'), text('auth')];
  if (identityToken !== '') return { identityToken };
  if (auth === '') {
    const username = text('username');
    return username === '' ? undefined : { username, password: text('password') };
  }
  const plain = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = plain.indexOf(':');
  if (colon > 0) return { username: plain.slice(0, colon), password: plain.slice(colon + 1) };
  throw invalidConfiguration(file.path, `${place}.auth`, 'it is not "user:password" in Base64');
}

function memberText(file: AuthFile, object: JsonObject, name: string, place: string): string | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw invalidConfiguration(file.path, `${place}.${name}`, 'it is no string');
}
