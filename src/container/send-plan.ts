import { closeSync } from 'node:fs';
import { makeSealedFile } from '../kernel/descriptor-calls.js';
import type { EncodedPlan } from '../kernel/plan/encoded.js';
import { REQUEST_MAX_BYTES } from './protocol.js';
import type { MonitorSession } from './session.js';

/** A request, the plan it is about, and descriptors, which stay the caller's. */
export interface PlanRequest {
  readonly request: Buffer;
  readonly plan: EncodedPlan;
  readonly fds: readonly number[];
}

/** Sends a plan to a monitor behind its request, or, one that is too long for a packet, as a descriptor before the others. */
export function sendPlan(session: MonitorSession, { request, plan, fds }: PlanRequest): void {
  const { wire } = plan;
  if (request.length + wire.length <= REQUEST_MAX_BYTES) {
    session.send(request, fds, wire);
    return;
  }
  const fd = makeSealedFile('peapod-plan', wire);
  try {
    session.send(request, [fd, ...fds]);
  } finally {
    closeSync(fd);
  }
}
