import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requireSctp } from '../../../src/network/sctp-support.js';
import { scratchDirectory } from '../../scratch.js';

t.test('a port of SCTP is refused where connection tracking has no settings for it', async (t) => {
  const directory = scratchDirectory(t);
  const tcp = { protocol: 'TCP', hostPort: 80, containerPort: 80 } as const;
  const sctp = { ...tcp, protocol: 'SCTP' } as const;
  requireSctp([tcp, sctp], directory);
  writeFileSync(join(directory, 'nf_conntrack_max'), '');
  requireSctp([tcp], directory);
  t.throws(() => requireSctp([tcp, sctp], directory), {
    code: 'PEAPOD_UNSUPPORTED',
    message:
      'Cannot publish port 80/SCTP of the host: connection tracking in this kernel was built without SCTP',
  });
  writeFileSync(join(directory, 'nf_conntrack_sctp_timeout_established'), '');
  requireSctp([tcp, sctp], directory);
});
