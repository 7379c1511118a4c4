import type { IncomingMessage } from 'node:http';
import { PeapodError } from '../errors.js';
import type { PublishedPort } from '../network/attachment.js';
import type { CreatePodOptions } from '../pod/bare-pod.js';
import type { ApplyOptions, Engine, KillOptions, PortRequest } from '../pod/engine-api.js';
import { imageRoutes } from './image-routes.js';
import type { Ping } from './protocol.js';
import { readJson } from './request.js';

export interface Call {
  readonly engine: Engine;
  readonly ping: Ping;
  /** The name of a pod or an image, where the path has one. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  /** Aborts when the client went away or the daemon stops. */
  readonly signal: AbortSignal;
}

export type Route = (call: Call) => Promise<unknown>;

/** Calls that are answered with one JSON value. The name of a pod or an image is `*` in the path. */
const routes: Record<string, Route> = {
  'GET /v1/ping': async ({ ping }) => ping,
  'POST /v1/apply': apply,
  'GET /v1/pods': ({ engine }) => engine.list(),
  'POST /v1/pods': createPod,
  'GET /v1/pods/*': ({ engine, name }) => engine.get(name),
  'GET /v1/pods/*/events': ({ engine, name }) => engine.events(name),
  'DELETE /v1/pods/*': remove,
  'GET /v1/pods/*/inspect': ({ engine, name }) => engine.inspect(name),
  'POST /v1/pods/*/kill': kill,
  'GET /v1/pods/*/ports': ({ engine, name }) => engine.ports(name),
  'POST /v1/pods/*/ports': addPort,
  'DELETE /v1/pods/*/ports': removePort,
  ...imageRoutes,
};

export interface Target {
  /** Method and path, with `*` for the name. */
  readonly route: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

/** Throws PEAPOD_USAGE when the address is malformed. */
export function parseTarget(request: IncomingMessage): Target {
  try {
    const url = new URL(request.url ?? '/', 'http://peapod');
    const [, version, kind, name, ...rest] = url.pathname.split('/');
    const path = [version, kind, ...(name === undefined ? [] : ['*']), ...rest].join('/');
    const target = { route: `${request.method} /${path}`, query: url.searchParams };
    return { ...target, name: name === undefined ? '' : decodeURIComponent(name) };
  } catch (cause) {
    throw new PeapodError('PEAPOD_USAGE', 'The address of the request is malformed', { cause });
  }
}

export async function callRoute(route: string, call: Call): Promise<unknown> {
  const found = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (found === undefined) throw new PeapodError('PEAPOD_USAGE', `The daemon has no "${route}"`);
  return await found(call);
}

async function apply({ engine, request }: Call): Promise<unknown> {
  const { manifest, options } = (await readJson(request)) as {
    manifest: string | object;
    options?: ApplyOptions;
  };
  return await engine.apply(manifest, options);
}

async function createPod({ engine, request }: Call): Promise<unknown> {
  return await engine.createPod((await readJson(request)) as CreatePodOptions);
}

async function kill({ engine, name, request }: Call): Promise<null> {
  await engine.kill(name, (await readJson(request)) as KillOptions);
  return null;
}

async function addPort({ engine, name, request }: Call): Promise<unknown> {
  return await engine.addPort(name, (await readJson(request)) as PortRequest);
}

async function removePort({ engine, name, request }: Call): Promise<null> {
  await engine.removePort(name, (await readJson(request)) as PublishedPort);
  return null;
}

async function remove({ engine, name, query }: Call): Promise<null> {
  const grace = query.get('gracePeriodSeconds');
  await engine.delete(name, {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    force: query.get('force') === 'true',
  });
  return null;
}
