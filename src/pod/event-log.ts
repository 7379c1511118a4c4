import type { EventNote } from './actions.js';
import type { PodEvent } from './engine-api.js';

/** Distinct events kept of a pod; the one not seen for longest goes first. */
const capacity = 100;

/** A pod's events, equal ones counted as one. */
export class EventLog {
  #events: PodEvent[];
  #isChanged = false;

  constructor(stored: readonly PodEvent[] = []) {
    this.#events = [...stored];
  }

  /** `now` in milliseconds since the epoch. */
  add(note: EventNote, now: number): void {
    const at = new Date(now).toISOString();
    const known = this.#events.find((event) => isSame(event, note));
    this.#events = this.#events.filter((event) => event !== known).slice(known ? 0 : 1 - capacity);
    this.#events.push({ ...note, firstAt: known?.firstAt ?? at, lastAt: at, count: (known?.count ?? 0) + 1 });
    this.#isChanged = true;
  }

  /** Oldest first, by when they were last seen. */
  list(): PodEvent[] {
    return [...this.#events];
  }

  /** The events, if there are new ones since the last call. */
  takeChanged(): PodEvent[] | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    return this.list();
  }
}

function isSame(event: PodEvent, note: EventNote): boolean {
  return (
    event.reason === note.reason &&
    event.message === note.message &&
    event.field === note.field &&
    event.type === note.type
  );
}
