import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { makeSocketPair } from '../kernel/descriptor-calls.js';
import { type Host, monitorCgroup } from '../kernel/host.js';
import { type Launched, launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { type EndWatch, waitForExit, watchEnd } from '../kernel/pidfd.js';
import { PlanCache } from '../kernel/plan/encoded.js';
import { buildLimitPlan, buildMonitorPlan } from './build-monitor-plan.js';
import { heldCapabilities } from './clamp.js';
import { boundingMask } from './process-steps.js';
import { encodePrepare, type MonitorMessage } from './protocol.js';
import { type PlanRequest, sendPlan } from './send-plan.js';
import { MonitorSession } from './session.js';

/** A monitor that is our child: of a run, or of none yet. */
export interface Monitor {
  /** Of its cgroup, by which it is found again. */
  readonly name: string;
  /** Rejects when it could not be started. */
  readonly started: Promise<void>;
  /** Resolves when it has ended and was reaped. */
  readonly ended: Promise<void>;
  /** A first session with it, on which a start can be asked for at once, and nobody listens yet. The caller's to close. */
  readonly session: MonitorSession;
  /** It is still reaped, but our process does not stay alive for that. */
  letGo(): void;
}

/** They differ in texts only. */
const plans = new PlanCache('addon', 1);

const limitPlans = new PlanCache('preparation', 16);

/**
 * Begins to start a monitor, off the event loop, for a container that has these capabilities at most. It ends when its
 * session is closed before a START.
 */
export function startMonitor(host: Host, capabilities: readonly string[]): Monitor {
  const limit = encodeLimit(host, capabilities);
  const name = randomBytes(8).toString('hex');
  const plan = plans.encode({
    key: '',
    texts: { monitorCgroup: monitorCgroup(host, name) },
    build: buildMonitorPlan,
  });
  const [own, its] = makeSocketPair();
  const fds = { monitor: executableFd('monitor'), null: host.nullFd, session: its };
  const launched = launch(plan, fds).finally(() => closeSync(its));
  const session = new MonitorSession(own, { onMessage: ignoreMessage, onClose: ignore });
  sendPlan(session, limit);
  const watch = launched.then(reapLater);
  const ended = watch.then((reaping) => reaping.ended).catch(ignore);
  const started = launched.then(ignore);
  // Whoever fails before it waits for the monitor has an error of its own to tell.
  started.catch(ignore);
  const letGo = () => void watch.then((reaping) => reaping.unref(), ignore);
  return { name, started, ended, session, letGo };
}

/** What waits for its end, and reaps it then. */
function reapLater({ pidfd }: Launched): Pick<EndWatch, 'ended' | 'unref'> {
  try {
    const watch = watchEnd(pidfd);
    const ended = waitForExit(pidfd, watch).finally(() => closeSync(pidfd));
    return { ended: ended.then(ignore), unref: watch.unref };
  } catch (error) {
    closeSync(pidfd);
    throw error;
  }
}

/** Whatever it starts can be given no others then. Not by its own plan: an execve would take them from the monitor itself. */
function encodeLimit(host: Host, capabilities: readonly string[]): PlanRequest {
  const keep = boundingMask(heldCapabilities(capabilities, host));
  const plan = limitPlans.encode({ key: String(keep), texts: {}, build: () => buildLimitPlan(keep) });
  return { request: encodePrepare(plan.slots), plan, fds: [] };
}

function ignore(): void {}

function ignoreMessage(_message: MonitorMessage, fd: number | undefined): void {
  if (fd !== undefined) closeSync(fd);
}
