import { clock } from '../../src/calendar/clock';
import { dayOf, type Day } from '../../src/calendar/paris';

/** Tells the same thing once a day of Paris, however often it happens. */
export function onceADay<What>(tell: (what: What) => void): (key: string, what: What) => void {
  const told = new Map<string, Day>();
  return (key, what) => {
    const today = dayOf(clock.now());
    if (told.get(key) === today) return;
    told.set(key, today);
    tell(what);
  };
}
