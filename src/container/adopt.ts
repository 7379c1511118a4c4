import { closeSync } from 'node:fs';
import { hasCode, PeapodError } from '../errors.js';
import { killCgroup } from '../kernel/cgroup-remove.js';
import { openDirectory } from '../kernel/descriptor-calls.js';
import type { Host } from '../kernel/host.js';
import { Container } from './container.js';
import { encodeWatch, type MonitorMessage } from './protocol.js';
import { type ContainerRecord, readContainerRecord, readExit, readStartedAt } from './record.js';
import { removeRun } from './remove-run.js';
import { type RunId, type RunPaths, runPaths } from './run-paths.js';
import { MonitorSession } from './session.js';

/** The run directory, or the socket in it, is not there, or nobody listens on it any more. */
const absent = ['ENOENT', 'ECONNREFUSED'];

interface Run {
  readonly host: Host;
  readonly id: RunId;
  readonly paths: RunPaths;
  readonly record: ContainerRecord;
}

/** The state of a run as its monitor tells it, made into a container that follows the session. */
function takeStatus(run: Run, message: MonitorMessage, fd: number | undefined): Container | undefined {
  if (message.type !== 'status' || message.state === 'created') {
    return undefined;
  }
  const { host, id, paths, record } = run;
  const container = new Container(host, id, {
    paths,
    record,
    pidfd: fd ?? -1,
    startedAt: message.startedAtMs,
  });
  if (message.state === 'exited') {
    container.end({ status: message.status, finishedAt: message.exitedAtMs });
  }
  return container;
}

function busyError({ id }: Run): PeapodError {
  return new PeapodError(
    'PEAPOD_MONITOR_LOST',
    `The monitor of container ${id.name} does not take a request now`,
    {
      hint: 'It serves 256 sessions at once: end some, then try again',
    },
  );
}

/**
 * Asks the monitor and goes on listening. Undefined when it closes without saying that the container runs or ran.
 * Rejects when it is there but cannot serve us, or we have no descriptor left for its answer: that is no loss.
 */
function watchRun(run: Run, runFd: number): Promise<Container | undefined> {
  return new Promise((resolve, reject) => {
    let container: Container | undefined;
    const session = MonitorSession.connect(runFd, {
      onMessage: (message, fd) => {
        if (container !== undefined) {
          container.onMessage(message);
          return;
        }
        if (message.type === 'failed') {
          session.close();
          reject(busyError(run));
          return;
        }
        container = takeStatus(run, message, fd);
        if (container === undefined) {
          session.close();
        } else {
          container.follow(session);
        }
        resolve(container);
      },
      onClose: (error) => {
        container?.onClose();
        if (error === undefined) {
          resolve(undefined);
        } else {
          reject(error as Error);
        }
      },
    });
    session.send(encodeWatch());
  });
}

async function askMonitor(run: Run): Promise<Container | undefined> {
  let runFd: number | undefined;
  try {
    runFd = openDirectory(run.paths.run);
    return await watchRun(run, runFd);
  } catch (error) {
    if (absent.some((code) => hasCode(error, code))) {
      return undefined;
    }
    throw error;
  } finally {
    if (runFd !== undefined) {
      closeSync(runFd);
    }
  }
}

/** What is left when no monitor answers: an end it recorded, or a container that lost it. */
function adoptRecorded(run: Run): Container | undefined {
  const { host, id, paths, record } = run;
  const exit = readExit(paths);
  const startedAt = exit?.startedAt ?? readStartedAt(paths);
  if (startedAt === undefined) {
    return undefined;
  }
  killCgroup(paths.cgroup);
  const container = new Container(host, id, { paths, record, pidfd: -1, startedAt });
  container.end(
    exit ?? { status: { kind: 'unknown', reason: 'its monitor was lost' }, finishedAt: Date.now() },
  );
  return container;
}

/**
 * A run that an engine before us started: running, or ended with what its monitor recorded. Undefined when nothing is
 * known of it or it never reached execve; then whatever was made for it is removed.
 */
export async function adoptContainer(host: Host, id: RunId): Promise<Container | undefined> {
  const paths = runPaths(host, id);
  const record = readContainerRecord(paths);
  const run = record === undefined ? undefined : { host, id, paths, record };
  const container = run && ((await askMonitor(run)) ?? adoptRecorded(run));
  if (container === undefined) {
    await removeRun(host, id, record && { name: record.monitor });
  }
  return container;
}
