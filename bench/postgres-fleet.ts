/**
 * Fleets on Data Connect with their store in PostgreSQL, as it comes, in one process: see fleet-day.ts. Arguments: how
 * many meters, and how many years of daily values each.
 */
import { startPostgres } from '../test/support/postgres';
import { dayOf, share } from './fleet';
import { newDatabase } from './new-database';
import type { Fleet } from './quota';
import { atMost, written, type Row } from './table';

/** Each of both engines, in turn: what fits into a day, so that a meter has the same requests. */
const COMPARED = 1_000;
/** From 12:10 until 20:00 of the next day. */
const DAYS = 31 / 24 + 50 / 60 / 24;

/** Of one meter, ms. */
const cpuADay = ({ cpu }: Fleet, size: number): number => cpu / size / DAYS;

async function comparedRows(server: string): Promise<Row[]> {
  const inFile = await dayOf(COMPARED, 0);
  const inPostgres = await dayOf(COMPARED, 0, await newDatabase(server));
  return [
    {
      name: `${COMPARED.toLocaleString('en')} meters on PostgreSQL: CPU per meter and day, over SQLite`,
      ours: written(cpuADay(inPostgres, COMPARED), 'ms'),
      reference: written(cpuADay(inFile, COMPARED), 'ms'),
      figure: written(inPostgres.cpu / inFile.cpu),
    },
  ];
}

async function largeRows(server: string, size: number, history: number): Promise<Row[]> {
  const fleet = await dayOf(size, history, await newDatabase(server));
  const { whole, p99, longest, rss, messages } = fleet;
  const used = share(whole);
  return [
    {
      name: `${size.toLocaleString('en')} meters on PostgreSQL, ${history} years each`,
      ours: `${whole.calls} requests in ${written(whole.hours, 'h')}, ${messages} messages`,
      reference: `${written(whole.leastHours, 'h')} at the least`,
      figure: written(used, '% of the quota'),
      goal: '≥ 95 %',
      met: used >= 95,
    },
    {
      name: '… delay of the event loop, p99',
      ours: `longest ${written(longest, 'ms')}`,
      ...atMost(20, p99, 'ms'),
    },
    { name: '… memory at the most', ours: '', ...atMost(400, rss, 'MB') },
    { name: '… CPU per meter and day', ours: '', ...atMost(8, cpuADay(fleet, size), 'ms') },
  ];
}

export default async function postgresFleet(size = '10000', history = '3'): Promise<Row[]> {
  const server = await startPostgres('default');
  try {
    return [
      ...(await comparedRows(server.url)),
      ...(await largeRows(server.url, Number(size), Number(history))),
    ];
  } finally {
    await server.remove();
  }
}
