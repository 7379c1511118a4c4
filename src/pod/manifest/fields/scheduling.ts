import { any, boolean, cluster, type Fields, integer, list, map, object, string } from './field.js';

/** What only a scheduler could act on. Beneath these nothing is checked: they are kept as they are. */

const affinity: Fields = {
  nodeAffinity: any('Nodes to prefer or require.'),
  podAffinity: any('Pods to be near.'),
  podAntiAffinity: any('Pods to be away from.'),
};

const toleration: Fields = {
  key: string('The taint.'),
  operator: string('How value is compared.'),
  value: string('The value of the taint.'),
  effect: string('The effect of the taint.'),
  tolerationSeconds: integer('Seconds a NoExecute taint is borne.'),
};

const spread: Fields = {
  labelSelector: any('The pods that are counted.'),
  matchLabelKeys: list(string('Labels whose values must agree.')),
  maxSkew: integer('How uneven it may be.'),
  minDomains: integer('The fewest domains.'),
  nodeAffinityPolicy: string('Whether node affinity counts.'),
  nodeTaintsPolicy: string('Whether taints count.'),
  topologyKey: string('The label of nodes that makes a domain.'),
  whenUnsatisfiable: string('What to do when it cannot be.'),
};

const resourceClaim: Fields = {
  name: string('Names the claim in the pod.'),
  resourceClaimName: string('An existing claim.'),
  resourceClaimTemplateName: string('A template to make one from.'),
};

export const scheduling: Fields = {
  affinity: cluster(object(affinity, 'Where to run.')),
  nodeName: cluster(string('The node to run on; kept for fieldRef.')),
  nodeSelector: cluster(map(string('Labels the node must have.'))),
  preemptionPolicy: cluster(string('Whether lesser pods make room.')),
  priority: cluster(integer('The priority as a number.')),
  priorityClassName: cluster(string('The priority by name.')),
  resourceClaims: cluster(list(object(resourceClaim, 'Devices handed out by a cluster.'))),
  schedulerName: cluster(string('The scheduler.')),
  schedulingGates: cluster(list(object({ name: string('The gate.') }, 'What holds the pod back.'))),
  schedulingGroup: cluster(object({ podGroupName: string('The group.') }, 'Pods that are placed together.')),
  tolerations: cluster(list(object(toleration, 'Taints of nodes that are borne.'))),
  topologySpreadConstraints: cluster(list(object(spread, 'How pods spread over nodes.'))),
  automountServiceAccountToken: cluster(boolean('Mount a token for the API server.')),
  enableServiceLinks: cluster({ ...boolean('Set variables that name Services.'), default: true }),
};
