import { effectScope, shallowRef, watch, type ShallowRef } from 'vue';
import type { LineMetric } from '../face-metrics';
import type { Kept, View } from '../kept';
import type { Collecting } from '../messages';
import { openOf, rememberedText } from '../remembered';

/** What one widget shows on this page. */
export interface Memory {
  kept: ShallowRef<ReadonlyMap<string, Kept>>;
  collecting: ShallowRef<readonly Collecting[]>;
  view: ShallowRef<View | undefined>;
  /** The metric whose graph is open. */
  opened: ShallowRef<LineMetric | undefined>;
}

// Dashboard builds every component anew at each deploy and each change of page: what was open stays open.
const memories = new Map<string, Memory>();

export function memoryOf(id: string): Memory {
  let memory = memories.get(id);
  if (!memory) {
    const key = `ui-linky ${id}`;
    const { view, metric } = openOf(read(key));
    memory = {
      kept: shallowRef(new Map()),
      collecting: shallowRef([]),
      view: shallowRef(view),
      opened: shallowRef(metric),
    };
    memories.set(id, memory);
    const remembered = memory;
    // It outlives the component that happens to be the first.
    effectScope(true).run(() => {
      watch([remembered.view, remembered.opened], ([view, metric]) => {
        write(key, rememberedText({ view, metric }));
      });
    });
  }
  return memory;
}

// A browser that keeps nothing refuses even to be asked.
function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
function write(key: string, text: string): void {
  try {
    sessionStorage.setItem(key, text);
  } catch {
    // Then a reload begins with the first view.
  }
}
