import { Failure } from './failure.js';

const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EADDRNOTAVAIL: 'there is no way to that network',
};

const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this host does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that this host does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that this host does not trust',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

const trustHint = 'Name its authority with "ca" in the configuration of registries';
const schemeHint = 'If it speaks plain HTTP, set "plainHttp" for it in the configuration of registries';

/** Says what an error of a connection to `host` means. */
export function networkFailure(host: string, cause: unknown): Failure {
  const code = String((cause as { code?: unknown }).code ?? (cause as Error).message);
  if (unreachable[code] !== undefined) {
    const why = `${host} cannot be reached: ${unreachable[code]} (${code})`;
    return new Failure('unavailable', why, { isUnreachable: true, cause });
  }
  if (untrusted[code] !== undefined) {
    const why = `${host} cannot be trusted: ${untrusted[code]} (${code})`;
    return new Failure('unavailable', why, { hint: trustHint, cause });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return new Failure('unavailable', `${host} does not speak TLS (${code})`, { hint: schemeHint, cause });
  }
  // The parser's own codes: what came is no HTTP, or has endless headers.
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
    return new Failure('invalid', `${host} does not answer as HTTP has it (${code})`, { cause });
  }
  return new Failure('unavailable', `the connection to ${host} failed (${code})`, {
    isTransient: true,
    cause,
  });
}
