import { PassThrough, type Writable } from 'node:stream';
import type { ExitStatus } from '../container/exit-status.js';
import { PeapodError } from '../errors.js';
import type { ExecSession } from '../pod/engine-api.js';
import { Inlet, Outlet } from './flow.js';
import type { FrameSocket } from './frame-socket.js';
import { channels, type Frame } from './frames.js';
import type { SessionStreams } from './protocol.js';
import { decodeError } from './wire-error.js';

const connectionLost: ExitStatus = { kind: 'unknown', reason: 'the connection to the daemon was closed' };

/** The client's end of exec and attach. */
export class SessionClient {
  readonly #socket: FrameSocket;
  readonly #stdin: Outlet;
  readonly #inlets: Record<number, Inlet>;
  #streams: SessionStreams | undefined;
  #resolveReady: (session: ExecSession) => void = () => {};
  #rejectReady: (error: Error) => void = () => {};
  #resolveExit: (status: ExitStatus) => void = () => {};
  readonly #exit = new Promise<ExitStatus>((resolve) => {
    this.#resolveExit = resolve;
  });

  /** Resolves when the process runs; rejects with the daemon's error. */
  readonly ready = new Promise<ExecSession>((resolve, reject) => {
    this.#resolveReady = resolve;
    this.#rejectReady = reject;
  });

  constructor(socket: FrameSocket, options: unknown) {
    this.#socket = socket;
    this.#stdin = new Outlet((payload) => socket.send(channels.stdin, payload));
    this.#inlets = {
      [channels.stdout]: this.#inlet(channels.stdout),
      [channels.stderr]: this.#inlet(channels.stderr),
    };
    socket.sendJson(channels.open, options);
  }

  onFrame({ channel, payload }: Frame): void {
    if (channel === channels.credit) this.#stdin.grant();
    else if (channel === channels.ready) this.#onReady(parse<SessionStreams>(payload));
    else if (channel === channels.exit) this.#resolveExit(parse<ExitStatus>(payload));
    else if (channel === channels.error) this.#rejectReady(decodeError(parse(payload)));
    else this.#accept(channel, payload);
  }

  onClose(): void {
    this.#stdin.close();
    this.#rejectReady(new PeapodError('PEAPOD_DAEMON_UNREACHABLE', 'The daemon closed the connection'));
    this.#resolveExit(connectionLost);
    // An output a descendant still holds has no end of its own.
    for (const inlet of Object.values(this.#inlets)) inlet.finish();
  }

  #inlet(channel: number): Inlet {
    return new Inlet(() => this.#socket.send(channels.credit, Buffer.of(channel)));
  }

  #accept(channel: number, payload: Buffer): void {
    const inlet = this.#inlets[channel];
    if (inlet === undefined) throw new RangeError(`channel ${channel}`);
    inlet.accept(payload);
  }

  #onReady(streams: SessionStreams): void {
    this.#streams = streams;
    this.#resolveReady(this.#buildSession());
  }

  #buildSession(): ExecSession {
    return {
      stdin: this.#streams?.stdin ? this.#buildStdin() : null,
      stdout: this.#inlets[channels.stdout] as Inlet,
      stderr: this.#streams?.stderr ? (this.#inlets[channels.stderr] as Inlet) : null,
      resize: (size) => this.#resize(size),
      exit: this.#exit,
      close: () => this.#socket.destroy(),
    };
  }

  #buildStdin(): Writable {
    const stdin = new PassThrough();
    void this.#stdin.pump(stdin);
    return stdin;
  }

  #resize({ rows, columns }: { rows: number; columns: number }): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt16BE(rows, 0);
    payload.writeUInt16BE(columns, 2);
    this.#socket.send(channels.resize, payload);
  }
}

function parse<T>(payload: Buffer): T {
  return JSON.parse(payload.toString('utf8')) as T;
}
