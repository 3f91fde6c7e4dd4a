import type { State } from '../collector/meter';
import { addDays, dayOf, isoParis, type Day } from '../calendar/paris';
import type { LinkyError } from '../providers/errors';

/** A text of the locales, in the language of the meter; `__name__` in it is replaced by the parameter of that name. */
export type Text = (key: string, params?: Record<string, string>) => string;

/** A Node-RED node status. */
export interface Status {
  fill: 'blue' | 'green' | 'yellow' | 'red';
  shape: 'dot' | 'ring';
  text: string;
}

/** `23/11`: a status has no room for more. */
export const shortDay = (day: Day): string => `${day.slice(8, 10)}/${day.slice(5, 7)}`;
const shortInstant = (instant: number): string => {
  const iso = isoParis(instant);
  return `${shortDay(iso)} ${iso.slice(11, 16)}`;
};

/** Red is for what the user can mend; the rest mends itself. */
export const fillOf = (error: LinkyError): 'yellow' | 'red' =>
  error.isOutage || error.key === 'budget-used' ? 'yellow' : 'red';

/** How a source node shows its state. */
export function statusOf(state: State, text: Text): Status {
  switch (state.kind) {
    case 'collecting': {
      const { history } = state;
      const params = history && { done: String(history.done), total: String(history.total) };
      const words = params ? text('status.history', params) : text('status.collecting');
      return { fill: 'blue', shape: 'dot', text: words };
    }
    case 'up-to-date':
    case 'waiting': {
      const params = { day: shortDay(state.day), next: shortInstant(state.next) };
      if (state.consentEnds) {
        const ends = text('status.consent-ends', { day: shortDay(state.consentEnds) });
        return { fill: 'yellow', shape: state.kind === 'waiting' ? 'ring' : 'dot', text: ends };
      }
      if (state.kind === 'up-to-date' && state.history) {
        const { done, total } = state.history;
        const isToday = dayOf(state.next) === addDays(state.day, 1);
        const words = text(isToday ? 'status.history-later' : 'status.history-tomorrow', {
          done: String(done),
          total: String(total),
          time: isoParis(state.next).slice(11, 16),
        });
        return { fill: 'green', shape: 'dot', text: words };
      }
      return state.kind === 'waiting'
        ? { fill: 'yellow', shape: 'ring', text: text('status.waiting', params) }
        : { fill: 'green', shape: 'dot', text: text('status.up-to-date', params) };
    }
    case 'error': {
      const fill = fillOf(state.error);
      return { fill, shape: 'ring', text: text(`error-short.${state.error.key}`) };
    }
  }
}

/** How many usage points of a source node are in each state. */
export type StateCounts = Readonly<Record<State['kind'], number>>;

/** How a source node shows that it serves several usage points. */
export function fleetStatus(counts: StateCounts, text: Text): Status {
  const { collecting, error, waiting } = counts;
  const done = counts['up-to-date'];
  const params = {
    done: String(done),
    total: String(done + collecting + error + waiting),
    errors: String(error),
  };
  const words = text(error > 0 ? 'status.fleet-errors' : 'status.fleet', params);
  if (collecting > 0) return { fill: 'blue', shape: 'dot', text: words };
  if (error > 0) return { fill: 'red', shape: 'ring', text: words };
  return waiting > 0
    ? { fill: 'yellow', shape: 'ring', text: words }
    : { fill: 'green', shape: 'dot', text: words };
}
