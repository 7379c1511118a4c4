import t from 'tap';
import { defaultCapabilities } from '../../src/pod/capabilities.js';
import { requires } from '../scratch.js';
import { readFindings, startAttacker } from './fixtures/attacker.js';
import { shell, TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'cc');
const joins = 200;

for (const [who, capabilities] of [
  ['root', defaultCapabilities],
  ['root with SYS_PTRACE', [...defaultCapabilities, 'SYS_PTRACE']],
] as const) {
  t.test(`${who} sees nothing of what joins its network, pause or engine`, { skip }, async (t) => {
    await withPod(t, {}, async (pod) => {
      await startAttacker(pod, { capabilities });
      const { pid, startTime, bootId } = pod.sandbox?.record ?? { pid: 0, startTime: 0, bootId: '' };
      const network = { path: `/proc/${pid}/ns/net`, owner: { pid, startTime, bootId } };
      for (let done = 0; done < joins; done++) {
        const joined = await new TestPod(pod.root, { network }).open();
        const isLast = done === joins - 1;
        if (isLast) t.equal(await joined.run('neighbour', shell('echo fine')), 'fine\n');
        await joined.close();
      }
      const found = readFindings(pod);
      t.notMatch(found, /opened [a-z]/, 'no process of the runtime was opened');
      t.match(found, /^rounds \d+ opened 0 denied 0$/m, 'nor seen, and the attacker did look');
    });
  });
}
