import { checkAddon } from '../../kernel/installation.js';
import type { Check, Finding } from './check.js';

export const addonChecks: readonly Check[] = [{ name: 'native addon', look: lookAtAddon }];

function lookAtAddon(): Finding {
  try {
    checkAddon();
    return { state: 'ok', detail: 'loads' };
  } catch (error) {
    const [reason = ''] = String((error as Error).message).split('\n');
    return { state: 'failed', detail: reason, effect: 'no pods', hint: 'Build it: npm run build:native' };
  }
}
