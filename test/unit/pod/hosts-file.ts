import t from 'tap';
import { buildHostNetworkHosts, buildHosts } from '../../../src/pod/hosts-file.js';

const aliases = [
  { ip: '10.9.8.7', hostnames: ['db', 'db.local'] },
  { ip: 'fd00::7', hostnames: ['db6'] },
];

/** As `kubectl exec … cat /etc/hosts` shows it. */
const head = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

const tail = `
# Entries added by HostAliases.
10.9.8.7\tdb\tdb.local
fd00::7\tdb6
`;

t.test('buildHosts: one line for each address, the aliases apart', async (t) => {
  t.equal(buildHosts({ hostname: 'web', ips: ['10.1.2.3'] }, []), `${head}10.1.2.3\tweb\n`);
  const ips = ['10.1.2.3', 'fd00:85::2'];
  t.equal(buildHosts({ hostname: 'web', ips }, aliases), `${head}10.1.2.3\tweb\nfd00:85::2\tweb\n${tail}`);
});

t.test('buildHosts: in a subdomain the full name comes first', async (t) => {
  const domain = 'shop.default.svc.cluster.local';
  const line = '10.1.2.3\tweb.shop.default.svc.cluster.local\tweb\n';
  t.equal(buildHosts({ hostname: 'web', domain, ips: ['10.1.2.3'] }, []), head + line);
});

t.test('buildHosts: without an address the name is that of loopback', async (t) => {
  t.equal(buildHosts({ hostname: 'web', ips: [] }, []), `${head}127.0.0.1\tweb\n::1\tweb\n`);
});

t.test("buildHostNetworkHosts: the host's own file, byte for byte, and the aliases", async (t) => {
  const own = '127.0.0.1 me\n\n# no line end';
  const title = '# Kubernetes-managed hosts file (host network).\n';
  t.equal(buildHostNetworkHosts(own, []), title + own);
  t.equal(buildHostNetworkHosts(own, aliases), title + own + tail);
});
