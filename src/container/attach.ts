import { closeSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { openDirectory } from '../kernel/descriptor-calls.js';
import type { Container } from './container.js';
import type { ContainerSession } from './exec.js';
import { encodeAttach, encodeResize } from './protocol.js';
import { MonitorSession } from './session.js';
import { closeStreams, openPipes } from './streams.js';

/** Opened only to be attached to: the monitor writes to it from now on. */
function openSession(container: Container, onClose: () => void): MonitorSession {
  const runFd = openDirectory(container.paths.run);
  try {
    return MonitorSession.connect(runFd, {
      onMessage: (_, fd) => fd !== undefined && closeSync(fd),
      onClose,
    });
  } finally {
    closeSync(runFd);
  }
}

/**
 * Copies of what a running container writes from now on, and its input if asked. A reader that is too slow loses
 * output; the container and its log never wait for it. The session's `exit` is the container's; closing it ends
 * neither. Throws PEAPOD_CONTAINER_NOT_RUNNING.
 */
export async function attachToContainer(
  container: Container,
  io: { stdin: boolean },
): Promise<ContainerSession> {
  if (container.hasEnded) {
    throw new PeapodError(
      'PEAPOD_CONTAINER_NOT_RUNNING',
      `The container ${container.id.name} is not running`,
    );
  }
  const streams = openPipes(io.stdin);
  try {
    const session = openSession(container, () => {});
    const [input, ...outputs] = streams.childFds;
    session.send(encodeAttach(io), io.stdin && input !== undefined ? [input, ...outputs] : outputs);
    const own = streams.take();
    if (container.record.terminal) {
      own.stderr?.destroy();
    }
    return {
      ...own,
      stderr: container.record.terminal ? null : own.stderr,
      resize: (size) => session.send(encodeResize(size)),
      exit: container.exit.then(({ status }) => {
        session.close();
        return status;
      }),
      close: () => {
        session.close();
        closeStreams(own);
      },
    };
  } catch (error) {
    streams.discard();
    throw error;
  } finally {
    streams.childFds.forEach(closeSync);
  }
}
