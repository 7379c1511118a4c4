import { isObject } from '../document.js';
import { readWhole } from './body.js';
import type { Challenge } from './challenge.js';
import type { Credential } from './credential.js';
import { isLoopback } from './endpoint.js';
import { Failure } from './failure.js';
import type { HttpClient, HttpResponse } from './http-client.js';
import type { FetchLimits } from './limits.js';
import { sendFollowing } from './redirects.js';
import { refusal } from './refusal.js';

export interface Token {
  readonly text: string;
  /** From when it was asked for. */
  readonly lifetimeMs: number;
}

export interface TokenQuestion {
  /** Where the challenge came from. */
  readonly registry: URL;
  readonly challenge: Challenge;
  /** `repository:library/nginx:pull`. */
  readonly scope: string;
  readonly credential: Credential | undefined;
}

const maxAnswerBytes = 1024 * 1024;
const clientId = 'peapod';
/** Tokens live at least that long, and that long if nothing is said. */
const leastLifetimeMs = 60_000;

/** What may become part of a header; longer ones than this no server takes. */
const tokenPattern = /^[\x21-\x7e]{1,16000}$/;

/**
 * Asks the token service that a challenge names (distribution specification, "Token authentication" and "OAuth2").
 * Rejects with a Failure.
 */
export async function fetchToken(
  client: HttpClient,
  question: TokenQuestion,
  limits: FetchLimits,
): Promise<Token> {
  const realm = readRealm(question);
  const { credential } = question;
  const isRefresh = credential !== undefined && 'identityToken' in credential;
  const response = isRefresh
    ? await postRefresh(client, realm, question, credential.identityToken)
    : await getToken(client, realm, question);
  if (response.status !== 200) {
    const context = { hasCredential: credential !== undefined, what: 'token', patience: limits } as const;
    throw await refusal(response, context);
  }
  const bytes = await readWhole(response, { maxBytes: maxAnswerBytes, patience: limits });
  return readToken(bytes, realm.host);
}

/**
 * The address of the service. Whom a registry sends somebody to, gets what it could have had itself; but not in the
 * clear: plain HTTP is good only where the registry speaks it too, and only on the same host or on this one.
 */
function readRealm({ registry, challenge }: TokenQuestion): URL {
  const { realm = '' } = challenge.parameters;
  const refuse = (why: string) => new Failure('invalid', `${registry.host} names a token service ${why}`);
  if (!URL.canParse(realm)) throw refuse('that is no address');
  const url = new URL(realm);
  if (url.username !== '' || url.password !== '') throw refuse('with a user in its address');
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw refuse(`of "${url.protocol}"`);
  const isNear = url.hostname === registry.hostname || isLoopback(url.hostname);
  if (registry.protocol === 'http:' && isNear) return url;
  throw refuse(`that would be spoken to without TLS (${url.host})`);
}

async function getToken(client: HttpClient, realm: URL, question: TokenQuestion): Promise<HttpResponse> {
  const { challenge, scope, credential } = question;
  const url = new URL(realm);
  const { service } = challenge.parameters;
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  url.hash = '';
  const headers = credential === undefined ? {} : { authorization: basicAuthorization(credential) };
  return await sendFollowing(client, { method: 'GET', url, headers });
}

/** Not followed anywhere: the token to get tokens with is in the body. */
async function postRefresh(
  client: HttpClient,
  url: URL,
  { challenge, scope }: TokenQuestion,
  identityToken: string,
): Promise<HttpResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service: challenge.parameters.service ?? '',
    client_id: clientId,
    scope,
    refresh_token: identityToken,
  });
  const body = form.toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  };
  return await client.send({ method: 'POST', url, headers, body });
}

/** The value of `Authorization` for a user and password; a token to get tokens with is none. */
export function basicAuthorization(credential: Credential): string {
  if ('identityToken' in credential) {
    throw new Failure('denied', 'the credentials there are cannot be used with a password');
  }
  const user = `${credential.username}:${credential.password}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

function readToken(bytes: Buffer, host: string): Token {
  const answer = parse(bytes);
  if (!isObject(answer)) throw new Failure('invalid', `the token service ${host} does not answer in JSON`);
  const { token, access_token: accessToken, expires_in: expiresIn } = answer;
  const text = token || accessToken;
  if (typeof text !== 'string' || !tokenPattern.test(text)) {
    throw new Failure('invalid', `the token service ${host} answers without a token`);
  }
  const seconds = typeof expiresIn === 'number' && Number.isFinite(expiresIn) ? expiresIn : 0;
  return { text, lifetimeMs: Math.max(leastLifetimeMs, seconds * 1000) };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
