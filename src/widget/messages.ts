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
  /** All histories that are collected now and have nothing to show yet. */
  collecting?: readonly Collecting[];
  refreshed?: Refreshed;
  /** All that is kept, in the place of what was. */
  stored?: Record<string, Kept>;
  ui_update?: unknown;
}

/** Names, `#…`, `rgb(…)` and `hsl(…)` without transparency: other words of CSS would take the body away. */
const COLOUR = /^(#[\da-f]{3}|#[\da-f]{6}|(rgb|hsl)\([\d\s.,%deg-]+\)|[a-z]{3,24})$/i;
const NO_COLOURS = ['inherit', 'initial', 'unset', 'revert', 'transparent', 'currentcolor'];

const CHECKS: Record<keyof Look, (value: unknown) => boolean> = {
  label: (value) => typeof value === 'string',
  color: (value) =>
    typeof value === 'string' && COLOUR.test(value) && !NO_COLOURS.includes(value.toLowerCase()),
  transparent: (value) => typeof value === 'boolean',
};

/** @param update a message's `ui_update`, whatever a flow sent */
export function lookOf(update: unknown): Partial<Look> {
  if (typeof update !== 'object' || update === null) return {};
  const changes = Object.entries(update as Record<string, unknown>);
  return Object.fromEntries(
    changes.filter(([name, value]) => Object.hasOwn(CHECKS, name) && CHECKS[name as keyof Look](value)),
  );
}
