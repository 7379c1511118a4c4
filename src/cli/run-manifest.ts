import { randomInt } from 'node:crypto';
import { basename } from 'node:path';
import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { networkFields } from '../pod/bare-pod.js';
import { removeWhenDoneAnnotation } from '../pod/remove-when-done.js';
import { userAnnotation } from '../pod/user.js';

/** docker's: how long a container has to end in. */
const graceSeconds = 10;

const suffixLength = 5;
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** What `run` is told. */
export interface RunWords {
  readonly rm?: boolean;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly name?: string;
  readonly net?: string;
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly entrypoint?: string;
  readonly pull?: 'missing' | 'always' | 'never';
}

export interface RunTarget {
  readonly image: string;
  readonly command: readonly string[];
}

/** The pod of one container that `run` stands for. `env` is our own, for `-e NAME`. Throws PEAPOD_USAGE. */
export function buildRunManifest(target: RunTarget, words: RunWords, env: NodeJS.ProcessEnv): Pod {
  const { annotations: network, ...net } = networkFields(words.net ?? 'private');
  const annotations = {
    ...network,
    ...(words.rm && { [removeWhenDoneAnnotation]: 'true' }),
    ...(words.user !== undefined && { [userAnnotation]: words.user }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: words.name ?? chooseName(target.image), annotations },
    spec: {
      ...net,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: graceSeconds,
      containers: [buildContainer(target, words, env)],
    },
  };
}

function buildContainer({ image, command }: RunTarget, words: RunWords, env: NodeJS.ProcessEnv): Container {
  const { stdin = false, tty = false, entrypoint, workdir } = words;
  const variables = (words.env ?? []).flatMap((text) => readVariable(text, env));
  return {
    name: 'main',
    image,
    imagePullPolicy: words.pull === 'never' ? 'Never' : 'IfNotPresent',
    ...buildCommand(command.map(literal), entrypoint),
    ...(variables.length > 0 && { env: variables }),
    ...(workdir !== undefined && { workingDir: workdir }),
    ...(stdin && { stdin, stdinOnce: true }),
    ...(tty && { tty }),
  };
}

/** As with docker, an empty entry point takes that of the image away: the words are all there is to run. */
function buildCommand(words: string[], entrypoint?: string): Pick<Container, 'command' | 'args'> {
  if (entrypoint === '') {
    if (words.length === 0) throw new PeapodError('PEAPOD_USAGE', 'Without an entry point, say what to run');
    return { command: words };
  }
  return {
    ...(entrypoint !== undefined && { command: [literal(entrypoint)] }),
    ...(words.length > 0 && { args: words }),
  };
}

/** In a manifest `$(NAME)` stands for a variable; on a command line it is what it is. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** `NAME` alone passes our own on, if there is one. */
function readVariable(text: string, env: NodeJS.ProcessEnv): { name: string; value: string }[] {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (name === '') throw new PeapodError('PEAPOD_USAGE', `The variable "${text}" has no name`);
  const value = at < 0 ? env[name] : text.slice(at + 1);
  return value === undefined ? [] : [{ name, value: literal(value) }];
}

/** `nginx-4x7kq` of `registry.example/web/nginx:1.27`. */
function chooseName(image: string): string {
  const [base = ''] = basename(image).split(/[:@]/, 1);
  const stem = base
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40);
  const letter = () => suffixLetters[randomInt(suffixLetters.length)];
  const suffix = Array.from({ length: suffixLength }, letter).join('');
  return stem === '' ? `run-${suffix}` : `${stem.replace(/-+$/, '')}-${suffix}`;
}
