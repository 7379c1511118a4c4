import { networkFailure } from './network-failure.js';

/**
 * Finds out how a registry of this host speaks: docker's users run them with TLS and without. Whoever does not answer
 * a TLS greeting as TLS has it, speaks plain HTTP. Rejects with a Failure when there is nobody.
 */
export async function probeScheme(host: string, timeoutMs: number): Promise<'https:' | 'http:'> {
  const { connect } = await import('node:tls');
  const { hostname, port } = new URL(`https://${host}`);
  const address = hostname.replace(/^\[|\]$/g, '');
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: Number(port || 443), rejectUnauthorized: false });
    const answer = (scheme: 'https:' | 'http:') => {
      socket.destroy();
      resolve(scheme);
    };
    socket.setTimeout(timeoutMs, () => answer('http:'));
    socket.once('secureConnect', () => answer('https:'));
    socket.once('error', (error) => {
      const failure = networkFailure(host, error);
      if (failure.isUnreachable) reject(failure);
      else answer('http:');
    });
  });
}
