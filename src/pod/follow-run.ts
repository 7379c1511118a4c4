import { PassThrough, type Writable } from 'node:stream';
import { containerLogDirectory, logFileName } from '../kernel/paths.js';
import type { ExecSession, LogChunk } from './engine-api.js';
import type { FirstRun } from './first-run.js';
import { readLog } from './logs/read-log.js';
import { podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';
import type { ContainerHandle } from './runtime.js';

/**
 * The session of a first run that has started. What a terminal shows comes from the attachment; without one all comes
 * from the log, of which 1 GiB is kept while it is read; what a slower reader misses is told on stderr.
 *
 * @param release called once its logs are not needed any more.
 */
export function followRun(
  state: PodState,
  run: { readonly container: string; readonly handle: ContainerHandle },
  release: () => void,
): ExecSession {
  const { attached } = run.handle;
  if (attached === undefined || attached.stderr !== null) return followLog(state, run, release);
  release();
  return attached;
}

function followLog(
  state: PodState,
  { container, handle }: { readonly container: FirstRun['container']; readonly handle: ContainerHandle },
  release: () => void,
): ExecSession {
  const { attached, exit } = handle;
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const directory = containerLogDirectory(state.parts.paths, podNameOf(state.pod), container);
  const controller = new AbortController();
  const chunks = readLog(directory, logFileName(0), {
    ended: exit,
    signal: controller.signal,
    onGap: () => outputs.stderr.write('peapod: output was lost here: more was written than is kept\n'),
  });
  // The copies an attachment gives are not what is read.
  for (const stream of [attached?.stdout, attached?.stderr]) stream?.destroy();
  const copied = copyLog(chunks, outputs).finally(release);
  return {
    ...outputs,
    stdin: attached?.stdin ?? null,
    resize() {},
    exit: copied.then(
      async () => (await exit).status,
      (error: Error) => ({ kind: 'unknown', reason: `its log cannot be read: ${error.message}` }),
    ),
    close() {
      controller.abort();
      attached?.close();
      for (const stream of Object.values(outputs)) stream.destroy();
    },
  };
}

async function copyLog(
  chunks: AsyncIterable<LogChunk>,
  outputs: Readonly<Record<LogChunk['stream'], Writable>>,
): Promise<void> {
  for await (const { stream, data } of chunks) {
    const output = outputs[stream];
    if (!output.destroyed && !output.write(data)) await drained(output);
  }
  for (const output of Object.values(outputs)) output.end();
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stream.off('drain', end).off('close', end);
      resolve();
    };
    stream.on('drain', end).on('close', end);
  });
}
