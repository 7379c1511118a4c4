import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import { parseQuantity } from '../units.js';
import { initContainersOf, specOf } from './pod-containers.js';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const resources = ['cpu', 'memory'];

/** The class kubelet gives a pod by the processor time and memory its containers ask for. */
export function qosClassOf(pod: Pod): QosClass {
  const containers = [...initContainersOf(pod), ...specOf(pod).containers];
  if (!containers.some(asksForAnything)) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function asksForAnything(container: Container): boolean {
  const { limits = {}, requests = {} } = container.resources ?? {};
  return resources.some((name) => amountOf(limits[name]) > 0n || amountOf(requests[name]) > 0n);
}

function isGuaranteed(container: Container): boolean {
  const { limits = {}, requests = {} } = container.resources ?? {};
  return resources.every((name) => {
    const limit = amountOf(limits[name]);
    return limit > 0n && amountOf(requests[name] ?? limits[name]) === limit;
  });
}

function amountOf(quantity: string | undefined): bigint {
  return parseQuantity(String(quantity ?? '0')) ?? 0n;
}
