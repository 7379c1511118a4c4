import { Failure } from './failure.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.js';

const redirections = [301, 302, 303, 307, 308];
const maxRedirects = 10;

/**
 * Sends a request without a body and follows where it is redirected to, ten times at most: never from TLS to plain HTTP,
 * never to anything else, and with the `authorization` for as long as scheme, host and port stay the same.
 */
export async function sendFollowing(client: HttpClient, request: HttpRequest): Promise<HttpResponse> {
  let next = request;
  for (let count = 0; count <= maxRedirects; count += 1) {
    const response = await client.send(next);
    if (!redirections.includes(response.status)) return response;
    response.body.destroy();
    next = redirected(next, response.headers.location);
  }
  throw new Failure('invalid', `${request.url.host} redirects more than ${maxRedirects} times`);
}

/** The request that follows one which was answered with a redirection to `location`. */
export function redirected(request: HttpRequest, location: string | undefined): HttpRequest {
  const { url, headers } = request;
  const target = readLocation(url, location);
  const { authorization: _, ...others } = headers;
  return { ...request, url: target, headers: target.origin === url.origin ? headers : others };
}

function readLocation(from: URL, location: string | undefined): URL {
  const refuse = (why: string) => new Failure('invalid', `${from.host} redirects ${why}`);
  if (location === undefined) throw refuse('to nowhere');
  if (!URL.canParse(location, from.href)) throw refuse('to what is no address');
  const url = new URL(location, from.href);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse(`to "${url.protocol}"`);
  if (from.protocol === 'https:' && url.protocol === 'http:') throw refuse('from TLS to plain HTTP');
  if (url.username !== '' || url.password !== '') throw refuse('to an address with a user');
  return url;
}
