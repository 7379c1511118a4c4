import { readFile } from 'node:fs/promises';
import type { SecureContext } from 'node:tls';
import type { RegistrySettings } from './configuration.js';
import type { Environment } from './proxy.js';

/** Where distributions keep the authorities this host trusts: Node's own list knows none that was added here. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Whom to trust at the other end: the host's authorities, or Node's if it has none, and the one configured. */
export async function secureContext(
  { ca }: RegistrySettings,
  environment: Environment,
): Promise<SecureContext> {
  const { createSecureContext, rootCertificates } = await import('node:tls');
  const own = environment.SSL_CERT_FILE;
  const bundle = await readFirst(own === undefined ? bundles : [own]);
  const trusted = bundle === undefined ? [...rootCertificates] : [bundle];
  return createSecureContext({ ca: ca === undefined ? trusted : [...trusted, ca] });
}

async function readFirst(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '') return text;
  }
  return undefined;
}
