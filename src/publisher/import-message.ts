import { isoParis, startOfDay } from '../calendar/paris';
import type { ImportedSeries, ImportResult, RejectedRows } from '../importer/importer';
import type { Series } from '../metering/metrics';

/** What an export file brought, as flows get it. The counts are of values. */
export interface ImportPayload {
  /** The store did not have them. */
  taken: number;
  /** Others stood there, of an earlier file. */
  replaced: number;
  /** They were there alike. */
  known: number;
  /** They lost against what Enedis' interface delivered. */
  contradicting: number;
  /** Rows that were left out. */
  rejected: number;
  /** Rows without a value. */
  empty: number;
  series: PublishedSeries[];
  rejections: RejectedRows[];
  /** The first hundred. */
  contradictions: PublishedContradiction[];
}

interface PublishedSeries extends Omit<ImportedSeries, 'start' | 'end'> {
  /** ISO 8601 with the offset of Paris. */
  start: string;
  end: string;
}

interface PublishedContradiction {
  series: Series;
  /** ISO 8601 with the offset of Paris; of a register both are its midnight. */
  start: string;
  end: string;
  unit: 'kW' | 'kWh' | 'kVA';
  /** What the file says. */
  value: number;
  /** What Enedis' interface says, and is kept. */
  kept: number;
}

export function importPayload({ series, rejected, contradictions, empty }: ImportResult): ImportPayload {
  const sumOf = (count: 'taken' | 'replaced' | 'known' | 'contradicting'): number =>
    series.reduce((sum, each) => sum + each[count], 0);
  return {
    taken: sumOf('taken'),
    replaced: sumOf('replaced'),
    known: sumOf('known'),
    contradicting: sumOf('contradicting'),
    rejected: rejected.reduce((sum, { count }) => sum + count, 0),
    empty,
    series: series.map((each) => ({
      ...each,
      start: isoParis(startOfDay(each.start)),
      end: isoParis(startOfDay(each.end)),
    })),
    rejections: rejected,
    contradictions: contradictions.map(({ series: name, start, end, value, kept }) => ({
      series: name,
      start: isoParis(start),
      end: isoParis(end),
      unit: unitOfSeries(name),
      value: value / 1000,
      kept: kept / 1000,
    })),
  };
}

function unitOfSeries(series: Series): PublishedContradiction['unit'] {
  if (series.endsWith('-load-curve')) return 'kW';
  return series.endsWith('-max-power') ? 'kVA' : 'kWh';
}
