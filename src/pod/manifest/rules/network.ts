import type { Pod } from 'kubernetes-types/core/v1.js';
import { parseNetworkChoice } from '../../network-choice.js';
import { networkAnnotation } from '../../own-network.js';
import { containersOf, type Draft } from '../draft.js';
import type { Report } from '../report.js';
import { quote } from '../text.js';

const forms = '"none", "pod:NAME", "container:POD[/CONTAINER]" or "ns:/PATH"';
const place = ['metadata', 'annotations', networkAnnotation];

/** The annotation that chooses a network, and what cannot be had with such a one. */
export function checkNetwork(pod: Draft<Pod>, report: Report): void {
  const text = pod.metadata?.annotations?.[networkAnnotation];
  if (text === undefined) return;
  const choice = parseNetworkChoice(text);
  if (choice === undefined) {
    const hint =
      text === 'host' ? 'spec.hostNetwork: true is what asks for the network of the host' : undefined;
    report.error(place, `must be ${forms}, not ${quote(text)}`, { hint });
  } else if (choice.kind === 'pod' && choice.pod === pod.metadata?.name) {
    report.error(place, 'must name another pod than this one');
  }
  if (pod.spec?.hostNetwork === true) report.error(place, 'must not be set together with hostNetwork');
  checkHostPorts(pod, report);
}

/** Ports lead to the address of a pod, and none of these networks gives it one. */
function checkHostPorts(pod: Draft<Pod>, report: Report): void {
  if (pod.spec?.hostNetwork === true) return;
  for (const { container, path } of containersOf(pod)) {
    for (const [index, { hostPort }] of (container.ports ?? []).entries()) {
      if (hostPort === undefined || hostPort === 0) continue;
      const message = `must not be set together with the annotation ${networkAnnotation}`;
      report.error([...path, 'ports', index, 'hostPort'], message, { on: 'key' });
    }
  }
}
