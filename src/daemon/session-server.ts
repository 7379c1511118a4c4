import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecSession } from '../pod/engine-api.js';
import { Inlet, Outlet } from './flow.js';
import type { FrameSocket } from './frame-socket.js';
import { channels, type Frame } from './frames.js';
import type { SessionStreams } from './protocol.js';
import { encodeError } from './wire-error.js';

/** Opens what the client asked for in its first frame. */
export type OpenSession = (options: unknown) => Promise<ExecSession>;

/** How long output may be silent, once the process has ended, before a descendant that holds it is left to itself. */
const lingerMs = 250;

/** The daemon's end of exec and attach. The session lives no longer than its connection. */
export class SessionServer {
  readonly #socket: FrameSocket;
  readonly #open: OpenSession;
  readonly #stdout: Outlet;
  readonly #stderr: Outlet;
  readonly #stdin: Inlet;
  #session: ExecSession | undefined;
  #opening = false;
  #closed = false;

  constructor(socket: FrameSocket, open: OpenSession) {
    this.#socket = socket;
    this.#open = open;
    this.#stdout = new Outlet((payload) => socket.send(channels.stdout, payload));
    this.#stderr = new Outlet((payload) => socket.send(channels.stderr, payload));
    this.#stdin = new Inlet(() => socket.send(channels.credit, Buffer.of(channels.stdin)));
  }

  /** Serves frames of the client; throws on one that makes no sense. */
  onFrame({ channel, payload }: Frame): void {
    if (channel === channels.open && !this.#opening) void this.#start(payload);
    else if (channel === channels.stdin) this.#stdin.accept(payload);
    else if (channel === channels.resize) this.#resize(payload);
    else if (channel === channels.credit) this.#outlet(payload.readUInt8(0)).grant();
    else throw new RangeError(`channel ${channel}`);
  }

  onClose(): void {
    this.#closed = true;
    this.#stdout.close();
    this.#stderr.close();
    this.#stdin.destroy();
    this.#session?.close();
  }

  #outlet(channel: number): Outlet {
    return channel === channels.stdout ? this.#stdout : this.#stderr;
  }

  #resize(payload: Buffer): void {
    this.#session?.resize({ rows: payload.readUInt16BE(0), columns: payload.readUInt16BE(2) });
  }

  async #start(payload: Buffer): Promise<void> {
    this.#opening = true;
    try {
      const session = await this.#open(JSON.parse(payload.toString('utf8')));
      if (this.#closed) return session.close();
      this.#session = session;
      await this.#serve(session);
    } catch (error) {
      this.#socket.sendJson(channels.error, encodeError(error));
    }
    this.#socket.end();
  }

  async #serve(session: ExecSession): Promise<void> {
    const streams: SessionStreams = { stdin: session.stdin !== null, stderr: session.stderr !== null };
    this.#socket.sendJson(channels.ready, streams);
    // Stdin that breaks is the process having closed it, which is its right.
    if (session.stdin !== null) pipeline(this.#stdin, session.stdin, () => {});
    const pumps = [this.#stdout.pump(session.stdout)];
    if (session.stderr !== null) pumps.push(this.#stderr.pump(session.stderr));
    const status = await session.exit;
    await this.#drain(Promise.all(pumps));
    this.#socket.sendJson(channels.exit, status);
  }

  /** Waits for the end of the output, but not for a silent descendant that keeps it open. */
  async #drain(ended: Promise<unknown>): Promise<void> {
    const done = ended.then(() => true);
    for (let before = -1; before !== this.#progress(); ) {
      before = this.#progress();
      if (await Promise.race([done, sleep(lingerMs, false)])) return;
    }
  }

  /** A number that stays the same only while there is nothing to send. */
  #progress(): number {
    const isBlocked = this.#stdout.isBlocked || this.#stderr.isBlocked;
    return isBlocked ? Number.NaN : this.#stdout.sent + this.#stderr.sent;
  }
}
