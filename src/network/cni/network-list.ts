import { PeapodError } from '../../errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** One plugin of a network, as the configuration has it. */
export interface CniPlugin {
  /** The name of its program. */
  readonly type: string;
  /** Everything else the configuration says, for the plugin itself. */
  readonly config: JsonObject;
}

/** A network: the plugins that make it, in order (CNI specification, "Network configuration format"). */
export interface NetworkList {
  readonly name: string;
  readonly cniVersion: string;
  readonly disableCheck: boolean;
  readonly plugins: readonly CniPlugin[];
}

/** Those whose results mean the same to us; before 0.4.0 there is no CHECK. */
const versions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

/** The specification's own: what becomes part of a path is no path. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/**
 * Reads a configuration: a list of plugins, or a single one, which is a list of itself. Throws PEAPOD_CNI_FAILED with
 * what is wrong with the file at `path`.
 */
export function parseNetworkList(text: string, path: string): NetworkList {
  const refuse = (why: string): never => {
    throw new PeapodError('PEAPOD_CNI_FAILED', `Cannot use the CNI configuration "${path}": ${why}`, {
      details: { path },
    });
  };
  const config = parseJson(text);
  if (!isObject(config)) return refuse('it is not a JSON object');
  const { name, cniVersion, disableCheck, plugins = [config] } = config;
  if (typeof name !== 'string' || !namePattern.test(name)) return refuse('its "name" is missing or wrong');
  if (typeof cniVersion !== 'string' || !versions.includes(cniVersion)) {
    return refuse(`its "cniVersion" is none of ${versions.join(', ')}`);
  }
  if (!Array.isArray(plugins) || plugins.length === 0) return refuse('its "plugins" are no list, or none');
  const parsed = plugins.map(
    (plugin: unknown) => parsePlugin(plugin) ?? refuse('a "type" is missing or wrong'),
  );
  return { name, cniVersion, disableCheck: disableCheck === true, plugins: parsed };
}

function parsePlugin(value: unknown): CniPlugin | undefined {
  if (!isObject(value) || typeof value.type !== 'string' || !namePattern.test(value.type)) return undefined;
  return { type: value.type, config: value };
}

/** True where the version of the network knows CHECK and wants it, and DEL is told what ADD answered. */
export function knowsCheck({ cniVersion }: NetworkList): boolean {
  return !cniVersion.startsWith('0.3.');
}

/** The value, or undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
