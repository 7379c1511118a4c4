import type { Command } from 'commander';
import * as apply from './commands/apply.js';
import * as attach from './commands/attach.js';
import * as complete from './commands/complete.js';
import * as completion from './commands/completion.js';
import * as remove from './commands/delete.js';
import * as describe from './commands/describe.js';
import * as doctor from './commands/doctor.js';
import * as exec from './commands/exec.js';
import * as get from './commands/get.js';
import * as image from './commands/image.js';
import * as images from './commands/images.js';
import * as importImage from './commands/import.js';
import * as inspect from './commands/inspect.js';
import * as load from './commands/load.js';
import * as logs from './commands/logs.js';
import * as pod from './commands/pod.js';
import * as port from './commands/port.js';
import * as pull from './commands/pull.js';
import * as rmi from './commands/rmi.js';
import * as run from './commands/run.js';
import * as save from './commands/save.js';
import * as serve from './commands/serve.js';
import * as tag from './commands/tag.js';
import * as wait from './commands/wait.js';
import type { Context } from './context.js';

/**
 * A command's file. What is heavy (YAML, the engine, HTTP) it imports when it runs; the commands themselves are so
 * small that one file holding them all starts sooner than a file for each.
 */
export interface CommandModule {
  /** Declares arguments, options, an example, and the action. */
  define(command: Command, context: Context): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly isHidden?: boolean;
  readonly module: CommandModule;
}

/** Every command, in the order of the help. */
export const commandTable: readonly CommandEntry[] = [
  { name: 'apply', alias: 'play', summary: 'create or update pods from manifests', module: apply },
  { name: 'get', summary: 'list pods, or print one', module: get },
  { name: 'describe', summary: 'tell everything about a pod, its events included', module: describe },
  {
    name: 'inspect',
    summary: 'print what runs of a pod: processes, namespaces, links, mounts',
    module: inspect,
  },
  { name: 'logs', summary: 'print what a container wrote', module: logs },
  { name: 'exec', summary: 'run a command in a container', module: exec },
  { name: 'attach', summary: "connect to a container's main process", module: attach },
  { name: 'wait', summary: 'wait until a pod is ready, or gone', module: wait },
  { name: 'delete', summary: 'end and remove pods', module: remove },
  { name: 'pod', summary: 'make a pod to put containers in', module: pod },
  { name: 'port', summary: 'list, add and remove the ports a pod publishes', module: port },
  { name: 'run', summary: 'run a program in a container of its own', module: run },
  { name: 'pull', summary: 'fetch images from a registry', module: pull },
  { name: 'images', summary: 'list images', module: images },
  { name: 'rmi', summary: 'remove images', module: rmi },
  { name: 'tag', summary: 'give an image one more name', module: tag },
  { name: 'load', summary: 'store the images of an archive', module: load },
  { name: 'save', summary: 'write images to an archive', module: save },
  { name: 'import', summary: 'make an image of a root filesystem', module: importImage },
  { name: 'image', summary: 'inspect images and check the store', module: image },
  { name: 'doctor', summary: 'tell what this host can do', module: doctor },
  { name: 'serve', summary: 'run the daemon', module: serve },
  { name: 'completion', summary: 'print a completion script for a shell', module: completion },
  { name: '__complete', summary: 'print completions of the words given', isHidden: true, module: complete },
];
