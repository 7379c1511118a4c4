import t from 'tap';
import { choosePull, type PullChoice } from '../../../src/pod/pull-policy.js';

const imported = {};
const pulled = { registryDigest: 'sha256:1' };
const builtIn = { isBuiltIn: true };

/** Policy, whether the manifest states it, what is here; the choice. */
const rows: readonly (readonly [string, boolean, object | undefined, PullChoice])[] = [
  ['Always', true, undefined, 'pull'],
  ['Always', true, imported, 'pull'],
  ['Always', true, pulled, 'pull'],
  ['Always', true, builtIn, 'use'],
  ['Always', false, undefined, 'pull'],
  ['Always', false, imported, 'use'],
  ['Always', false, pulled, 'refresh'],
  ['Always', false, builtIn, 'use'],
  ['IfNotPresent', true, undefined, 'pull'],
  ['IfNotPresent', false, undefined, 'pull'],
  ['IfNotPresent', true, imported, 'use'],
  ['IfNotPresent', false, pulled, 'use'],
  ['Never', true, undefined, 'never'],
  ['Never', true, pulled, 'use'],
  ['Never', true, imported, 'use'],
  ['Never', true, builtIn, 'use'],
];

for (const [policy, isStated, local, choice] of rows) {
  const what = JSON.stringify(local) ?? 'nothing';
  t.test(
    `choosePull: ${policy}${isStated ? '' : ', by default,'} with ${what} here: ${choice}`,
    async (t) => {
      t.equal(choosePull({ imagePullPolicy: policy }, isStated, local), choice);
    },
  );
}
