import { closeSync } from 'node:fs';
import { hasCode, PeapodError } from '../../errors.js';
import { openNetworkNamespace } from '../../kernel/network-namespace.js';
import type { ProcessIdentity } from '../../kernel/process.js';
import { type Chain, runAdd, runCheck, runDel } from './chain.js';
import { defaultPluginDirectories } from './find-plugin.js';
import type { JsonObject, NetworkList } from './network-list.js';
import { readConfiguration } from './read-configuration.js';
import { type CniRecord, CniRecords } from './record.js';
import { type CniSubject, hasCapability } from './request.js';
import { type CniAddress, readAddresses } from './result.js';
import { RunningPlugin } from './running-plugin.js';

export interface CniOptions {
  /** Where the configuration is. */
  readonly confDir: string;
  /** Where the plugins are; absent is where distributions put them. */
  readonly binDirs?: readonly string[] | undefined;
  /** Where it is kept what DEL needs; outlives a reboot. Made when it is missing. */
  readonly recordDirectory: string;
  /** For one run of one plugin, in milliseconds; absent is a minute. */
  readonly timeoutMs?: number | undefined;
}

export interface CniPod extends CniSubject {
  /** In whose network namespace it is to be done. */
  readonly pause: ProcessIdentity;
}

export interface CniAttachment {
  /** Of the pod, IPv4 first; a network may give none. */
  readonly addresses: readonly CniAddress[];
  /** What the last plugin answered. */
  readonly raw: JsonObject;
}

const defaultTimeoutMs = 60_000;

/** Networks made by CNI plugins. For one pod one call at a time; calls for different pods are not in each other's way. */
export class CniNetwork {
  readonly #options: CniOptions;
  readonly #records: CniRecords;

  constructor(options: CniOptions) {
    this.#options = options;
    this.#records = new CniRecords(options.recordDirectory);
  }

  /**
   * Connects a pod to the network that is configured now. What an earlier call has left of it is undone before, and what
   * a call that fails has done is undone after it. Rejects with PEAPOD_CNI_FAILED, and with PEAPOD_UNSUPPORTED when
   * ports are to be published and no plugin can.
   */
  async add({ pause, podUid, name, namespace, ports }: CniPod): Promise<CniAttachment> {
    const pod = { podUid, name, namespace, ports };
    await this.del(pod.podUid);
    const list = await readConfiguration(this.#options.confDir);
    checkPorts(list, pod);
    const { pid, startTime, bootId } = pause;
    const record: CniRecord = { pod, pause: { pid, startTime, bootId }, list };
    // First the intent: should we die now, the next engine undoes what there may be.
    await this.#records.write(record);
    try {
      const raw = await runAdd(this.#chain(record, requireNetns(record)));
      requireNetns(record);
      await this.#records.write({ ...record, result: raw });
      return { addresses: readAddresses(raw) ?? [], raw };
    } catch (error) {
      // The record stays when this fails as well: whoever removes the pod tries again.
      await this.del(pod.podUid).catch(() => {});
      throw error;
    }
  }

  /** Whether all is as `add` made it: rejects with PEAPOD_CNI_FAILED if not, or if the pod was never connected. */
  async check(podUid: string): Promise<void> {
    const record = await this.#records.read(podUid);
    if (record?.result === undefined) {
      throw new PeapodError('PEAPOD_CNI_FAILED', `Pod ${podUid} is not connected to a CNI network`);
    }
    await runCheck(this.#chain(record, requireNetns(record)), record.result);
  }

  /**
   * Undoes what `add` did, or has begun; nothing happens when there is nothing. To be called while pause still runs;
   * when it does not, the plugins are told that there is no namespace any more. Rejects with PEAPOD_CNI_FAILED
   * when a plugin failed, after all were asked; it is to be called again then.
   */
  async del(podUid: string): Promise<void> {
    const record = await this.#records.read(podUid);
    if (record === undefined) return;
    await this.#running(podUid).end();
    await runDel(this.#chain(record, findNetns(record) ?? ''), record.result);
    await this.#records.remove(podUid);
  }

  /** Uids of the pods for which there is something to undo. */
  recorded(): string[] {
    return this.#records.list();
  }

  #chain({ list, pod }: CniRecord, netns: string): Chain {
    const { binDirs = defaultPluginDirectories, timeoutMs = defaultTimeoutMs } = this.#options;
    return { list, pod, netns, pluginDirectories: binDirs, timeoutMs, running: this.#running(pod.podUid) };
  }

  #running(podUid: string): RunningPlugin {
    return new RunningPlugin(this.#records.directory, podUid);
  }
}

/** The path of the network namespace of pause. Throws PEAPOD_NETWORK_UNAVAILABLE when that has ended. */
function requireNetns({ pause }: CniRecord): string {
  const path = `/proc/${pause.pid}/ns/net`;
  closeSync(openNetworkNamespace({ path, owner: pause }));
  return path;
}

function findNetns(record: CniRecord): string | undefined {
  try {
    return requireNetns(record);
  } catch (error) {
    if (hasCode(error, 'PEAPOD_NETWORK_UNAVAILABLE')) return undefined;
    throw error;
  }
}

function checkPorts({ name, plugins }: NetworkList, { ports }: CniSubject): void {
  if (ports.length === 0 || plugins.some((plugin) => hasCapability(plugin, 'portMappings'))) return;
  throw new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot publish the port ${ports[0]?.hostPort}: no plugin of the CNI network "${name}" can`,
    { hint: 'Add the plugin portmap with the capability portMappings to its configuration' },
  );
}
