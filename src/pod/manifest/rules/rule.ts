import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Draft } from '../draft.js';
import type { Report } from '../report.js';

/** What the API server checks between fields, once each is right by itself. */
export type Rule = (pod: Draft<Pod>, report: Report) => void;
