import { cluster, type Fields, list, map, object, quantity, string, values } from './field.js';

const claim: Fields = {
  name: string('The claim of spec.resourceClaims.', { required: true }),
  request: string('The request in the claim.'),
};

export const resources: Fields = {
  limits: map(
    quantity('The most that may be used, by resource: cpu, memory, ephemeral-storage, hugepages-….'),
  ),
  requests: map(quantity('What is set aside, by resource; a limit stands in where a request is absent.')),
  claims: cluster(list(object(claim, 'Devices handed out by a cluster.'))),
};

const resizePolicyFields: Fields = {
  resourceName: string('cpu or memory.', { required: true, values: values('cpu', 'memory') }),
  restartPolicy: string('Whether changing it restarts the container.', {
    required: true,
    values: values('NotRequired', 'RestartContainer'),
  }),
};

export const resizePolicy = list(
  object(resizePolicyFields, 'What happens when resources of a running container change.'),
);
