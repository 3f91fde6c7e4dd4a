import { shallowRef, type ShallowRef } from 'vue';
import type { Metric } from '../../metering/metrics';
import type { View } from '../face';
import type { Kept } from '../kept';

/** What one widget shows on this page. */
export interface Memory {
  kept: ShallowRef<ReadonlyMap<string, Kept>>;
  view: ShallowRef<View | undefined>;
  /** The metric whose graph is open. */
  opened: ShallowRef<Metric | undefined>;
}

// Dashboard builds every component anew at each deploy and each change of page: what was open stays open.
const memories = new Map<string, Memory>();

export function memoryOf(id: string): Memory {
  let memory = memories.get(id);
  if (!memory) {
    memory = { kept: shallowRef(new Map()), view: shallowRef(), opened: shallowRef() };
    memories.set(id, memory);
  }
  return memory;
}
