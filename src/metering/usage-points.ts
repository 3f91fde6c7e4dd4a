import { isUsagePoint } from './usage-point';

/** What a message names as usage points. */
export interface NamedPoints {
  /** 14 digits each, none twice. */
  usagePoints: string[];
  /** What is none, as text. */
  invalid: string[];
}

/** The usage points of `msg.usagePoint`: one, or a list. Numbers too: a CSV file read by Node-RED gives them. */
export function usagePointsOf(value: unknown): NamedPoints {
  const named = (Array.isArray(value) ? (value as unknown[]) : [value]).map(textOf);
  const points = new Set(named.filter(isUsagePoint));
  return { usagePoints: [...points], invalid: named.filter((text) => !points.has(text)) };
}

/** A number has lost the zeros that a PDL may begin with. */
function textOf(value: unknown): string {
  if (typeof value === 'number' && value > 0) return String(value).padStart(14, '0');
  return typeof value === 'string' ? value.trim() : typeof value;
}
