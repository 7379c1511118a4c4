import { closeSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { makeSocketPair, openDirectory } from '../kernel/descriptor-calls.js';
import type { Container } from './container.js';
import type { ContainerSession } from './exec.js';
import { encodeAttach, encodeResize } from './protocol.js';
import { MonitorSession, type SessionCallbacks } from './session.js';
import { closeStreams, type OwnStreams, openPipes } from './streams.js';

/** Of what is lost on the way to a slow reader nobody is told. */
const callbacks: SessionCallbacks = {
  onMessage: (_, fd) => fd !== undefined && closeSync(fd),
  onClose: () => {},
};

export interface AttachIo {
  readonly stdin: boolean;
}

/** A connection to a monitor over which it copies what its container writes, from now on. */
export interface Attachment {
  readonly session: MonitorSession;
  readonly own: OwnStreams;
}

/** An attachment to a container that has not begun: nothing it writes is missed. */
export interface EarlyAttachment extends Attachment {
  /** The monitor's end, to be sent with START. The caller's to close. */
  readonly connection: number;
}

/** Attaches over a session that nobody uses yet, and closes it if that fails. */
function openAttachment(session: MonitorSession, io: AttachIo): Attachment {
  const streams = openPipes(io.stdin);
  const [input, ...outputs] = streams.childFds;
  try {
    session.send(encodeAttach(io), io.stdin && input !== undefined ? [input, ...outputs] : outputs);
    return { session, own: streams.take() };
  } catch (error) {
    session.close();
    streams.discard();
    throw error;
  } finally {
    streams.childFds.forEach(closeSync);
  }
}

/** Asks for an attachment over a connection that the monitor is still to be given. */
export function openEarlyAttachment(io: AttachIo): EarlyAttachment {
  const [own, connection] = makeSocketPair();
  try {
    return { ...openAttachment(new MonitorSession(own, callbacks), io), connection };
  } catch (error) {
    closeSync(connection);
    throw error;
  }
}

export function closeAttachment({ session, own }: Attachment): void {
  session.close();
  closeStreams(own);
}

/**
 * Copies of what a running container writes from now on, and its input if asked. A reader that is too slow loses
 * output; the container and its log never wait for it. The session's `exit` is the container's; closing it ends
 * neither. Throws PEAPOD_CONTAINER_NOT_RUNNING.
 */
export async function attachToContainer(container: Container, io: AttachIo): Promise<ContainerSession> {
  if (container.hasEnded) {
    throw new PeapodError(
      'PEAPOD_CONTAINER_NOT_RUNNING',
      `The container ${container.id.name} is not running`,
    );
  }
  return sessionOf(container, openAttachment(connect(container.paths.run), io));
}

/** An attachment to this container as a session. */
export function sessionOf(container: Container, attachment: Attachment): ContainerSession {
  const { session, own } = attachment;
  const { terminal } = container.record;
  if (terminal) {
    own.stderr?.destroy();
  }
  return {
    ...own,
    stderr: terminal ? null : own.stderr,
    resize: (size) => session.send(encodeResize(size)),
    exit: container.exit.then(({ status }) => {
      session.close();
      return status;
    }),
    close: () => closeAttachment(attachment),
  };
}

function connect(runDirectory: string): MonitorSession {
  const runFd = openDirectory(runDirectory);
  try {
    return MonitorSession.connect(runFd, callbacks);
  } finally {
    closeSync(runFd);
  }
}
