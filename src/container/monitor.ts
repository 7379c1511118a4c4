import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { makeSocketPair } from '../kernel/descriptor-calls.js';
import { type Host, monitorCgroup } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { waitForExit } from '../kernel/pidfd.js';
import { PlanCache } from '../kernel/plan/encoded.js';
import { buildMonitorPlan } from './build-monitor-plan.js';
import type { MonitorMessage } from './protocol.js';
import { MonitorSession } from './session.js';

/** A monitor that is our child: of a run, or of none yet. */
export interface Monitor {
  /** Of its cgroup, by which it is found again. */
  readonly name: string;
  /** Rejects when it could not be started. */
  readonly started: Promise<void>;
  /** Resolves when it has ended and was reaped. */
  readonly ended: Promise<void>;
  /** A first session with it, on which START can be sent at once, and nobody listens yet. The caller's to close. */
  readonly session: MonitorSession;
  /** It is still reaped, but our process does not stay alive for that. */
  letGo(): void;
}

/** They differ in texts only. */
const plans = new PlanCache('addon', 1);

/** Begins to start a monitor, off the event loop. It ends when its session is closed before a START. */
export function startMonitor(host: Host): Monitor {
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
  const background = new AbortController();
  const ended = launched.then(({ pidfd }) =>
    waitForExit(pidfd, { background: background.signal }).finally(() => closeSync(pidfd)),
  );
  const started = launched.then(ignore);
  // Whoever fails before it waits for the monitor has an error of its own to tell.
  started.catch(ignore);
  return { name, started, ended: ended.then(ignore, ignore), session, letGo: () => background.abort() };
}

function ignore(): void {}

function ignoreMessage(_message: MonitorMessage, fd: number | undefined): void {
  if (fd !== undefined) closeSync(fd);
}
