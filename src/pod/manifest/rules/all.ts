import { checkContainers } from './containers.js';
import { checkContainerCount, checkNames } from './names.js';
import { checkNaming } from './naming.js';
import { checkNetwork } from './network.js';
import { checkPod } from './pod.js';
import { checkPorts } from './ports.js';
import type { Rule } from './rule.js';
import { checkVolumeMounts } from './volume-mounts.js';
import { checkVolumes } from './volumes.js';

export const rules: readonly Rule[] = [
  checkPod,
  checkContainerCount,
  checkNames,
  checkContainers,
  checkNaming,
  checkNetwork,
  checkPorts,
  checkVolumes,
  checkVolumeMounts,
];
