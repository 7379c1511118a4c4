import type { ResourceRequirements } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { qosClassOf } from '../../../src/pod/qos.js';
import { makeContainer, makePod } from './fixtures/make-pod.js';

t.test('the class of a pod by what its containers ask for', async (t) => {
  const all = { cpu: '1', memory: '1Gi' };
  const cases: readonly [readonly ResourceRequirements[], string][] = [
    [[{}], 'BestEffort'],
    [[{ requests: { cpu: '0' } }], 'BestEffort'],
    [[{ limits: { 'ephemeral-storage': '1Gi' } }], 'BestEffort'],
    [[{ limits: all, requests: all }], 'Guaranteed'],
    [[{ limits: all, requests: { cpu: '1000m', memory: '1024Mi' } }], 'Guaranteed'],
    [[{ limits: all }], 'Guaranteed'],
    [[{ limits: { cpu: '1' } }], 'Burstable'],
    [[{ limits: all, requests: { cpu: '500m' } }], 'Burstable'],
    [[{ limits: all }, {}], 'Burstable'],
  ];
  for (const [containers, expected] of cases) {
    const pod = makePod({
      containers: containers.map((resources, i) => makeContainer(`c${i}`, { resources })),
    });
    t.equal(qosClassOf(pod), expected, JSON.stringify(containers));
  }
});
