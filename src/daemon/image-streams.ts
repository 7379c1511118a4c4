import type { Progress } from '../image/install.js';
import type { ArchiveFormat } from '../image/save.js';
import type { TransferOptions } from '../pod/image-api.js';
import { channels, encodeFrame, maxDataBytes } from './frames.js';
import type { TransferLine } from './image-client.js';
import { readJson } from './request.js';
import type { Stream } from './stream-routes.js';
import { encodeError } from './wire-error.js';

/** Calls about images that take long, or answer with bytes. */
export const imageStreams: Record<string, Stream> = {
  'POST /v1/images-pull': async function* ({ engine, request, signal }) {
    const { reference, authFile } = (await readJson(request)) as { reference: string; authFile?: string };
    yield* transfer((onProgress) => engine.images.pull(reference, { authFile, signal, onProgress }));
  },
  'POST /v1/images-load': async function* ({ engine, request, signal }) {
    const { path, name } = (await readJson(request)) as { path: string; name?: string };
    yield* transfer((onProgress) => engine.images.load({ path, name, signal, onProgress }));
  },
  'POST /v1/images-save': async function* ({ engine, request, signal }) {
    const { references, format } = (await readJson(request)) as {
      references: string[];
      format?: ArchiveFormat;
    };
    try {
      for await (const piece of engine.images.save(references, { format, signal })) yield* framesOf(piece);
    } catch (error) {
      yield encodeFrame(channels.error, Buffer.from(JSON.stringify(encodeError(error))));
    }
  },
};

/** Lines of progress, and how it ended: of each blob only the newest, however slowly the client reads. */
async function* transfer<T>(
  work: (onProgress: NonNullable<TransferOptions['onProgress']>) => Promise<T>,
): AsyncGenerator<string> {
  const pending = new Map<string, Progress>();
  let wake = (): void => {};
  const done = work((progress) => {
    pending.set(progress.digest, progress);
    wake();
  }).then(
    (result): TransferLine<T> => ({ result }),
    (error): TransferLine<T> => ({ error: encodeError(error) }),
  );
  // An empty line, which clients skip, starts the answer.
  yield '\n';
  let last: TransferLine<T> | undefined;
  while (last === undefined) {
    const changed = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined);
    });
    const lines = [...pending.values()].map((progress) => `${JSON.stringify({ progress })}\n`);
    pending.clear();
    if (lines.length > 0) yield lines.join('');
    else last = await Promise.race([done, changed]);
  }
  yield `${JSON.stringify(last)}\n`;
}

function* framesOf(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += maxDataBytes) {
    yield encodeFrame(channels.stdout, bytes.subarray(at, at + maxDataBytes));
  }
}
