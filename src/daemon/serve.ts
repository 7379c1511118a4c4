import { chmodSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { buildPaths } from '../kernel/paths.js';
import type { Engine } from '../pod/engine-api.js';
import { HeldDirectory, prepareRunDirectory } from './run-directory.js';
import { EngineServer } from './server.js';

const socketName = 'peapod.sock';

/** Requests under way at a stop have this long to finish. */
const stopGraceMs = 5000;

export interface ServeOptions {
  /** Absent is the machine's own root. */
  readonly root?: string | undefined;
  /** Takes the root's lock; rejects with PEAPOD_ROOT_HELD when another engine has it. */
  readonly openEngine: () => Promise<Engine>;
  readonly version: string;
  /** The user at the other end of a connection, by SO_PEERCRED. Absent: the directory's mode alone guards. */
  readonly peerUid?: ((fd: number) => number) | undefined;
}

/** A daemon that answers on its socket. */
export interface Daemon {
  /** Ends connections and lets go of the root. Pods run on. */
  stop(): Promise<void>;
}

/**
 * Opens the engine and serves it on run/peapod.sock. The engine's lock is taken first: whoever holds it may replace
 * the socket a dead daemon left, and nobody else.
 */
export async function serve(options: ServeOptions): Promise<Daemon> {
  const { run } = buildPaths(options.root);
  prepareRunDirectory(run);
  const engine = await options.openEngine();
  try {
    const server = new EngineServer({ engine, ping: { version: options.version, pid: process.pid } });
    if (options.peerUid !== undefined) refuseOthers(server, options.peerUid);
    const directory = new HeldDirectory(run);
    await listen(server, directory.path(socketName));
    let stopped: Promise<void> | undefined;
    return {
      stop() {
        stopped ??= stop(server, engine, directory);
        return stopped;
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function listen(server: EngineServer, path: string): Promise<void> {
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.http.once('error', reject);
    server.http.listen({ path }, resolve);
  });
  chmodSync(path, 0o600);
}

async function stop(server: EngineServer, engine: Engine, directory: HeldDirectory): Promise<void> {
  // The socket's name goes before the lock does, so that no command meets a socket nobody will answer.
  await server.stop(stopGraceMs);
  directory.close();
  await engine.close();
}

/** A second guard behind the directory's mode: root, or whoever the daemon itself runs as. */
function refuseOthers(server: EngineServer, peerUid: (fd: number) => number): void {
  server.http.on('connection', (socket: Socket) => {
    const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd;
    if (fd === undefined || fd < 0) return;
    const uid = peerUid(fd);
    if (uid !== 0 && uid !== process.geteuid?.()) socket.destroy();
  });
}
