import { MNT_DETACH, MS_PRIVATE, MS_REC } from '../constants.js';
import type { Step } from './schema.js';

/** Makes every mount of the namespace private: nothing mounted here reaches the host, nor the other way round. */
export const makePrivate: Step = {
  op: 'mount',
  source: '',
  target: '/',
  type: '',
  flags: MS_REC | MS_PRIVATE,
  data: '',
};

/** Makes the mount `root` the root directory and lets go of what was there before. */
export function buildPivotSteps(root: string): Step[] {
  return [
    { op: 'changeDirectory', directory: root },
    { op: 'pivotRoot', newRoot: '.', putOld: '.' },
    { op: 'unmount', path: '.', flags: MNT_DETACH },
  ];
}
