import type { Kept, View } from './kept';

/** How far a meter's history has come, of one direction. */
export interface Collecting extends View {
  /** Requests made, and all that are needed; 0 of 0 while that is not known. */
  done: number;
  total: number;
  /** Days until the last of them; 0: today. */
  days: number;
}

/** How a refresh ended. */
export type Refreshed = 'up-to-date' | 'waiting' | 'error';

/** What a flow can change of the widget's properties, by `msg.ui_update`. */
export interface Look {
  label: string;
  color: string;
  transparent: boolean;
}

/** What the widget's server hands to its browsers, beside what Dashboard understands in any widget's message. */
export interface ToBrowsers {
  kept?: Kept;
  collecting?: Collecting;
  /** Of this view nothing is collected any more, whether something came or not. */
  ended?: View;
  refreshed?: Refreshed;
  /** All that was kept is gone; `stored` stands for it. */
  forget?: true;
  stored?: Record<string, Kept>;
  ui_update?: unknown;
}

const TYPES: Record<keyof Look, string> = { label: 'string', color: 'string', transparent: 'boolean' };

/** @param update a message's `ui_update`, whatever a flow sent */
export function lookOf(update: unknown): Partial<Look> {
  if (typeof update !== 'object' || update === null) return {};
  return Object.fromEntries(
    Object.entries(update).filter(
      ([name, value]) => name in TYPES && typeof value === TYPES[name as keyof Look],
    ),
  );
}
