import { boolean, type Fields, list, object, string, values } from './field.js';

const option: Fields = {
  name: string('The option, for example ndots.', { required: true, format: 'resolverOption' }),
  value: string('Its value.', { format: 'resolverValue' }),
};

const dnsConfig: Fields = {
  nameservers: list(string('Addresses of name servers, after those of dnsPolicy.', { format: 'address' }), {
    maxItems: 3,
  }),
  searches: list(string('Domains to search, after those of dnsPolicy.', { format: 'searchDomain' }), {
    maxItems: 32,
  }),
  options: list(object(option, 'Options of the resolver; of two with one name this one counts.')),
};

const hostAlias: Fields = {
  ip: string('The address.', { required: true, format: 'address' }),
  hostnames: list(string('Its names.', { format: 'subdomain' })),
};

/** What a pod is called, and how it finds others. */
export const naming: Fields = {
  hostname: string('The host name; absent is the name of the pod.', { format: 'label' }),
  hostnameOverride: string('What the pod calls itself, whatever hostname and subdomain say.', {
    format: 'nodename',
  }),
  subdomain: string('The domain beneath the namespace that the pod has its full name in.', {
    format: 'label',
  }),
  setHostnameAsFQDN: boolean('The full name is the host name; it has at most 64 characters then.'),
  hostAliases: list(object(hostAlias, 'Further lines of /etc/hosts.')),
  dnsPolicy: string(
    'Who resolves names: our resolver of pod names, the host (Default) or dnsConfig alone (None).',
    {
      default: 'ClusterFirst',
      values: values('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
    },
  ),
  dnsConfig: object(dnsConfig, 'Additions to /etc/resolv.conf.'),
};
