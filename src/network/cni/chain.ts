import { runProgram } from '../../kernel/run-program.js';
import { findPlugin } from './find-plugin.js';
import {
  type CniPlugin,
  isObject,
  type JsonObject,
  knowsCheck,
  type NetworkList,
  parseJson,
} from './network-list.js';
import { answerError, type PluginRun, pluginError } from './plugin-error.js';
import { buildEnvironment, buildInput, type CniSubject } from './request.js';
import { readAddresses } from './result.js';
import type { RunningPlugin } from './running-plugin.js';

/** The plugins of one network, as they are asked for one pod. */
export interface Chain {
  readonly list: NetworkList;
  readonly pod: CniSubject;
  /** Path of the pod's network namespace; empty when it is gone. */
  readonly netns: string;
  readonly pluginDirectories: readonly string[];
  readonly timeoutMs: number;
  readonly running: RunningPlugin;
}

type Command = PluginRun['command'];

/** Asks each plugin in order, each told what those before it answered. Resolves with what the last one answered. */
export async function runAdd(chain: Chain): Promise<JsonObject> {
  let result: JsonObject | undefined;
  for (const plugin of chain.list.plugins) {
    const stdout = await runPlugin(chain, { command: 'ADD', plugin, prevResult: result });
    const answer = parseJson(stdout);
    if (!isObject(answer) || readAddresses(answer) === undefined) {
      throw answerError(describeRun(chain, 'ADD', plugin), stdout, 'it printed no result');
    }
    result = answer;
  }
  return result as JsonObject;
}

/** Asks each plugin in order whether all is as it made it. */
export async function runCheck(chain: Chain, prevResult: JsonObject): Promise<void> {
  if (chain.list.disableCheck || !knowsCheck(chain.list)) return;
  for (const plugin of chain.list.plugins) await runPlugin(chain, { command: 'CHECK', plugin, prevResult });
}

/** Asks all plugins, the last first, whatever becomes of the others; then throws the first failure. */
export async function runDel(chain: Chain, result: JsonObject | undefined): Promise<void> {
  const prevResult = knowsCheck(chain.list) ? result : undefined;
  const failures: unknown[] = [];
  for (const plugin of chain.list.plugins.toReversed()) {
    await runPlugin(chain, { command: 'DEL', plugin, prevResult }).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

interface Ask {
  readonly command: Command;
  readonly plugin: CniPlugin;
  readonly prevResult: JsonObject | undefined;
}

async function runPlugin(chain: Chain, { command, plugin, prevResult }: Ask): Promise<string> {
  const { list, pod, pluginDirectories, timeoutMs, running } = chain;
  const outcome = await runProgram({
    program: await findPlugin(plugin.type, pluginDirectories),
    environment: buildEnvironment({ ...chain, command }),
    input: buildInput(list, plugin, { ports: pod.ports, prevResult }),
    timeoutMs,
    onStart: (pid) => running.note(pid),
  });
  running.forget();
  const isFine = outcome.exitCode === 0 && !outcome.isTimedOut && outcome.problem === undefined;
  if (isFine) return outcome.stdout;
  throw pluginError(describeRun(chain, command, plugin), outcome);
}

function describeRun({ list, timeoutMs }: Chain, command: Command, { type }: CniPlugin): PluginRun {
  return { plugin: type, network: list.name, command, timeoutMs };
}
