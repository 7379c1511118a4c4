import t from 'tap';
import type { Credentials } from '../../../../src/image/registry/credential.js';
import { requires } from '../../../scratch.js';
import { type Answer, answerProperly, type Behaviour, send, type Turn } from './fixtures/local-registry.js';
import { type Refusal, refuseAll } from './fixtures/refusals.js';

const skip = requires('root', 'ip');
const denied = 'PEAPOD_REGISTRY_DENIED';
const missing = 'PEAPOD_IMAGE_MISSING';
const unavailable = 'PEAPOD_REGISTRY_UNAVAILABLE';

const known: Credentials = {
  place: '/root/.docker/config.json',
  find: async () => ({ username: 'user', password: 'secret' }),
};
const withToken: Credentials = { place: '/x', find: async () => ({ identityToken: 'refresh' }) };

function challenge(header: string | string[]): Answer {
  return ({ response }) => send(response, 401, '', { 'www-authenticate': header });
}

/** Wants a token of a service at `realm`, and never takes one. */
function bearer(realm: string): Answer {
  return challenge(`Bearer realm="${realm}",service="test"`);
}

/** A token service of the registry's own that answers with `answer`. */
function service(answer: Answer): Behaviour {
  return {
    manifest: (turn: Turn) => bearer(`${turn.registry.origin}/token`)(turn),
    other: answer,
  };
}

function body(text: string, status = 200): Answer {
  return ({ response }) => send(response, status, text);
}

const manyCommas = `Bearer ${','.repeat(15_000)}`;
const manyQuotes = `Bearer realm="${'\\"'.repeat(7000)}`;

const refusals: Refusal[] = [
  {
    name: '401 for ever, nobody known',
    behaviour: { manifest: challenge('Basic realm="x"') },
    code: missing,
    questions: 1,
    why: /wants a user and a password$/,
  },
  {
    name: '401 for ever, a user known',
    behaviour: { manifest: challenge('Basic realm="x"') },
    options: { credentials: known },
    code: denied,
    questions: 2,
    why: /refuses the credentials there are for it$/,
  },
  { name: '401 without a word', behaviour: { manifest: body('', 401) }, why: /does not say how to log in/ },
  {
    name: '401 that wants Negotiate',
    behaviour: { manifest: challenge('Negotiate') },
    why: /does not say how/,
  },
  { name: '401 with a thousand commas', behaviour: { manifest: challenge(manyCommas) }, why: /no address/ },
  {
    name: '401 with a quote that does not end',
    behaviour: { manifest: challenge(manyQuotes) },
    why: /no address/,
  },
  {
    name: 'a user where only a token is known',
    behaviour: { manifest: challenge('Basic realm="x"') },
    options: { credentials: withToken },
    code: denied,
    why: /cannot be used with a password/,
  },
  { name: 'no realm', behaviour: { manifest: challenge('Bearer service="x"') }, why: /that is no address/ },
  {
    name: 'a realm that is a file',
    behaviour: { manifest: bearer('file:///etc/passwd') },
    why: /of "file:"/,
  },
  {
    name: 'a realm with a user',
    behaviour: { manifest: bearer('https://a:b@127.0.0.1/') },
    why: /with a user/,
  },
  {
    name: 'a realm elsewhere without TLS',
    behaviour: { manifest: bearer('http://192.0.2.1/token') },
    options: { credentials: known },
    why: /spoken to without TLS/,
  },
  {
    name: 'a realm where nobody is',
    behaviour: { manifest: bearer('http://127.0.0.1:1/') },
    code: unavailable,
    why: /nothing listens/,
  },
  {
    name: 'a token nobody takes',
    behaviour: service(body('{"token":"t"}')),
    code: missing,
    questions: 3,
    why: /wants credentials/,
  },
  {
    name: 'a token nobody takes, a user known',
    behaviour: service(body('{"token":"t"}')),
    options: { credentials: known },
    code: denied,
    questions: 3,
    why: /refuses the credentials/,
  },
  {
    name: 'a service that refuses',
    behaviour: service(body('', 401)),
    options: { credentials: known },
    code: denied,
    why: /refuses/,
  },
  { name: 'a service that is not there', behaviour: service(body('', 404)), why: /no such token/ },
  {
    name: 'a service that is ill',
    behaviour: service(body('', 500)),
    code: unavailable,
    questions: 6,
    why: /with 500/,
  },
  {
    name: 'a service that talks nonsense',
    behaviour: service(body('token')),
    why: /does not answer in JSON/,
  },
  { name: 'a service with a list', behaviour: service(body('[]')), why: /does not answer in JSON/ },
  { name: 'a service without a token', behaviour: service(body('{}')), why: /without a token/ },
  { name: 'a token that is none', behaviour: service(body('{"token":{"a":1}}')), why: /without a token/ },
  {
    name: 'a token with a line of its own',
    behaviour: service(body('{"token":"a\\r\\nx: y"}')),
    why: /without a token/,
  },
  {
    name: 'a token of a megabyte',
    behaviour: service(body(`{"token":"${'a'.repeat(1e6)}"}`)),
    why: /without a token/,
  },
  {
    name: 'an answer of two megabytes',
    behaviour: service(body(' '.repeat(2 ** 21))),
    why: /sends more than/,
  },
  {
    name: 'a service that leads in circles',
    behaviour: service((turn) => send(turn.response, 302, '', { location: turn.asked.url })),
    why: /more than 10 times/,
  },
  {
    name: 'a service that would have a refresh token sent elsewhere',
    behaviour: service((turn) => send(turn.response, 307, '', { location: '/other' })),
    options: { credentials: withToken },
    questions: 2,
    why: /answers with 307/,
  },
  {
    name: 'a log-in wanted for a blob only',
    behaviour: { layer: challenge('Basic realm="x"'), manifest: answerProperly },
    code: missing,
    why: /wants a user/,
  },
];

t.test('registry source: log-ins of a hostile registry lead nowhere', { skip }, (t) =>
  refuseAll(t, refusals),
);
