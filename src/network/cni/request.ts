import type { PublishedPort } from '../attachment.js';
import { type CniPlugin, isObject, type JsonObject, type NetworkList } from './network-list.js';

/** The pod's end of the link, as every runtime names it. */
const interfaceName = 'eth0';

/** Programs that plugins start by name, iptables among them, are found here. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a plugin is told of a pod. */
export interface CniSubject {
  readonly podUid: string;
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly PublishedPort[];
}

export interface CallFacts {
  readonly command: 'ADD' | 'CHECK' | 'DEL';
  readonly pod: CniSubject;
  /** Path of the network namespace; empty when it is gone. */
  readonly netns: string;
  readonly pluginDirectories: readonly string[];
}

/** The whole environment of a plugin's run (CNI specification, "Parameters"). */
export function buildEnvironment({
  command,
  pod,
  netns,
  pluginDirectories,
}: CallFacts): Record<string, string> {
  const args = {
    IgnoreUnknown: '1',
    K8S_POD_NAMESPACE: pod.namespace,
    K8S_POD_NAME: pod.name,
    K8S_POD_INFRA_CONTAINER_ID: pod.podUid,
    K8S_POD_UID: pod.podUid,
  };
  return {
    PATH: searchPath,
    CNI_COMMAND: command,
    CNI_CONTAINERID: pod.podUid,
    CNI_NETNS: netns,
    CNI_IFNAME: interfaceName,
    CNI_ARGS: Object.entries(args)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
    CNI_PATH: pluginDirectories.join(':'),
  };
}

/** Whether a plugin says that it can do something which is up to the runtime. */
export function hasCapability({ config }: CniPlugin, name: string): boolean {
  return isObject(config.capabilities) && config.capabilities[name] === true;
}

/** What a plugin reads: its own configuration, the network's name, what the plugins before it answered, and the ports. */
export function buildInput(
  { name, cniVersion }: NetworkList,
  plugin: CniPlugin,
  {
    ports,
    prevResult,
  }: { readonly ports: readonly PublishedPort[]; readonly prevResult: JsonObject | undefined },
): string {
  const { capabilities: _, plugins: _plugins, disableCheck: _disableCheck, ...config } = plugin.config;
  const portMappings = hasCapability(plugin, 'portMappings') ? ports.map(portMapping) : [];
  return JSON.stringify({
    ...config,
    name,
    cniVersion,
    ...(portMappings.length > 0 && { runtimeConfig: { portMappings } }),
    ...(prevResult && { prevResult }),
  });
}

function portMapping({ hostPort, containerPort, protocol, hostIP }: PublishedPort): JsonObject {
  return { hostPort, containerPort, protocol: protocol.toLowerCase(), ...(hostIP && { hostIP }) };
}
