import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { clock } from '../../../src/calendar/clock';
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  daysIn,
  instantAt,
  isoParis,
  startOfDay,
  startOfMonth,
  startOfYear,
  type Day,
} from '../../../src/calendar/paris';
import type { DayRange } from '../../../src/calendar/ranges';
import { Collector } from '../../../src/collector/collector';
import { minutesOf, type Schedule } from '../../../src/collector/schedule';
import { directionOf, DIRECTIONS, type Series } from '../../../src/metering/metrics';
import { RequestBudget, type Purpose } from '../../../src/providers/budget';
import { classifyError, LinkyError } from '../../../src/providers/errors';
import type { DataRequest, Provider } from '../../../src/providers/provider';
import type { SourceMessage } from '../../../src/publisher/message';
import { Publisher } from '../../../src/publisher/publisher';
import { SqliteDatabase } from '../../../src/store/sqlite';
import { Store } from '../../../src/store/store';
import { FakeTime } from '../../support/fake-time';
import { SCHEDULE } from '../../support/schedule';

/**
 * Random lives of a meter: Enedis publishes, is late, corrects, fails and refuses; the user restarts, configures and
 * asks; clocks are set. Beside the real collector, store and publishers runs a model, which knows what Enedis
 * answered, and the table of the design.
 */

const RUNS = Number(process.env['RUNS'] ?? 40);
const PDL = '12345678901234';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SERIES = ['consumption-daily', 'consumption-load-curve', 'production-daily'] as const;
type OurSeries = (typeof SERIES)[number];
const isCurve = (series: Series): boolean => series === 'consumption-load-curve';
const topicOf = (series: Series): string => series.replace('-', '/');

/** So long after a slot all that is due in it was requested. */
const MARGIN = 25 * MINUTE;
/** So many requests within a minute are a storm. */
const STORM = 150;

type Outage = 'enedis-down' | 'unreachable' | 'too-many-calls' | 'empty' | 'token-refused';
type Poison = 'bad-request' | 'enedis-down';

/** What Enedis has, and how it answers. */
class Enedis {
  /** How often a day was corrected. */
  private readonly corrections = new Map<string, number>();
  /** Days that are not whole before an instant, epoch ms. */
  private readonly late = new Map<string, number>();
  outage: Outage | undefined;
  readonly poisons = new Map<Series, { day: Day; kind: Poison }>();
  readonly floors = new Map<Series, { day: Day; code: string }>();

  /** @param now the true time, whatever the meter's host believes */
  constructor(private readonly now: () => number) {}

  correct(series: Series, day: Day): void {
    const key = `${series} ${day}`;
    this.corrections.set(key, (this.corrections.get(key) ?? 0) + 1);
  }

  delay(series: Series, day: Day, until: number): void {
    this.late.set(`${series} ${day}`, until);
  }

  fillAll(): void {
    this.late.clear();
  }

  /** The values of a day that are there at the moment. */
  valuesOf(series: Series, day: Day, now = this.now()): Map<number, number> {
    const values = new Map<number, number>();
    if (this.outage === 'empty') return values;
    const start = startOfDay(day);
    const end = startOfDay(addDays(day, 1));
    if (now < end + (isCurve(series) ? 9.4 : 8.4) * HOUR) return values;
    const isLate = now < (this.late.get(`${series} ${day}`) ?? 0);
    if (isLate && !isCurve(series)) return values;
    const step = isCurve(series) ? HOUR : end - start;
    const hours = isLate ? start + 10 * HOUR : end;
    const seed = 5000 + ((daysBetween('2020-01-01', day) * 37) % 1000) + SERIES.indexOf(series as OurSeries);
    for (let at = start; at < hours; at += step) {
      const i = (at - start) / step;
      const isCorrected = i === (isCurve(series) ? 3 : 0);
      values.set(at, seed + i * 7 + (isCorrected ? (this.corrections.get(`${series} ${day}`) ?? 0) : 0));
    }
    return values;
  }

  isWhole(series: Series, day: Day, now: number): boolean {
    return this.valuesOf(series, day, now).size === expectedValues(series, day);
  }

  /** @throws LinkyError */
  answer({ usagePoint, series, start, end }: DataRequest): object {
    const direction = directionOf(series);
    const error = (status: number, code?: string): LinkyError => classifyError({ status, code }, direction);
    switch (this.outage) {
      case 'enedis-down':
        throw error(500);
      case 'unreachable':
        throw new LinkyError('ECONNREFUSED', { key: 'unreachable', retry: 'soon' });
      case 'too-many-calls':
        throw error(429);
      case 'token-refused':
        throw error(401);
      default:
    }
    const floor = this.floors.get(series);
    if (floor && start <= floor.day) throw error(400, floor.code);
    const poison = this.poisons.get(series);
    if (poison && start <= poison.day && poison.day < end) {
      throw poison.kind === 'bad-request' ? error(400, 'ADAM-ERR0031') : error(500);
    }
    const points = daysIn(start, end).flatMap((day) =>
      [...this.valuesOf(series, day)].map(([at, value]) =>
        isCurve(series)
          ? {
              v: String(value),
              d: isoParis(at + HOUR)
                .slice(0, 19)
                .replace('T', ' '),
              p: 'PT60M',
            }
          : { v: String(value), d: day },
      ),
    );
    if (points.length === 0) throw error(404, 'no_data_found');
    const grandeur = {
      grandeurMetier: direction === 'consumption' ? 'CONS' : 'PROD',
      grandeurPhysique: isCurve(series) ? 'PA' : 'EA',
      unite: isCurve(series) ? 'W' : 'Wh',
      points,
    };
    return { idPrm: usagePoint, grandeur: [grandeur] };
  }
}

const expectedValues = (series: Series, day: Day): number =>
  isCurve(series) ? (startOfDay(addDays(day, 1)) - startOfDay(day)) / HOUR : 1;

/** What was answered about a day. */
interface Answered {
  /** When last, epoch ms. */
  at: number;
  isWhole: boolean;
  /** How often it was answered incompletely, 14 days old or older. */
  attempts: number;
}

/** The table of the design: when a day is worth requesting, epoch ms. */
function dueFrom(answered: Answered | undefined, day: Day, now: number): number {
  const today = dayOf(now);
  const isYesterday = addDays(day, 1) === today;
  if (!answered) return isYesterday ? startOfDay(today) : -Infinity;
  if (answered.isWhole) return Infinity;
  // By a clock that was wrong.
  if (answered.at > now) return isYesterday ? startOfDay(today) : -Infinity;
  const on = dayOf(answered.at);
  if (isYesterday) return answered.at + 1;
  if (daysBetween(day, on) < 14) return startOfDay(addDays(on, 1));
  const wait = { 1: 7, 2: 30, 3: 90 }[answered.attempts];
  return wait === undefined ? Infinity : answered.at + wait * DAY;
}

interface Setup {
  start: string;
  /** How long an answer takes, ms: at least 1, so that messages go out before the next answer comes. */
  latency: number;
  /** The most requests a day. */
  budget: number | undefined;
  schedule: Schedule;
}

interface Query extends DayRange {
  series: Series;
}

class World {
  readonly time: FakeTime;
  readonly enedis: Enedis;
  readonly failures: string[] = [];
  private readonly store = new Store(new SqliteDatabase(':memory:'));
  private schedule: Schedule;
  private identity = 'account 1';
  private collector: Collector | undefined;
  private publishers: Publisher[] = [];
  /** How far the host's clock is wrong. */
  private skew = 0;

  /** What Enedis answered. */
  private readonly answered = new Map<Series, Map<Day, Answered>>(SERIES.map((each) => [each, new Map()]));
  private readonly kept = new Map<Series, Map<Day, Map<number, number>>>(
    SERIES.map((each) => [each, new Map()]),
  );
  private readonly floors = new Map<Series, { day: Day; why: string; probedAt: number; identity: string }>();
  private readonly queries = new Set<Query>();
  /** Series of which a range was refused, or that have a floor: their ranges may begin with any day. */
  private readonly splits = new Set<Series>();
  /** When the user asked last, or the collector began. */
  private collectedAt = -Infinity;
  private startedAt = -Infinity;
  /** When something last kept, or could keep, days from being requested in their slot; but for refused days. */
  private disturbedAt: number;
  private refusedAt = -Infinity;
  private outageSince = Infinity;
  private touchedAt = -Infinity;

  /** The day on which yesterday alone was refused. */
  private readonly refusedOn = new Map<Series, Day>();
  /** When an old day kept yesterday away last. */
  private readonly excuses = new Map<string, Day>();
  private readonly uncertain: Query[] = [];
  /** The range of a series that may be retried. */
  private readonly failed = new Map<Series, string>();
  private readonly requests: { at: number; series: Series }[] = [];
  private minute = { at: 0, count: 0 };
  private readonly published = new Map<string, string>();
  private readonly repeatable = new Set<string>();
  private readonly errors = new Set<string>();

  constructor(private readonly setup: Setup) {
    this.time = new FakeTime(Date.parse(setup.start));
    this.disturbedAt = this.now;
    this.schedule = setup.schedule;
    this.enedis = new Enedis(() => this.trueNow);
  }

  get now(): number {
    return this.time.now;
  }
  private get trueNow(): number {
    return this.time.now - this.skew;
  }
  /** @param age in days, of the true date */
  dayAged(age: number): Day {
    return addDays(dayOf(this.trueNow), -age);
  }

  // What happens

  async start(): Promise<void> {
    const { budget: limit, latency } = this.setup;
    const budget =
      limit === undefined
        ? undefined
        : new RequestBudget(
            'budget',
            { limit, interval: DAY, reservedForUser: 3, slotsReserved: 5, queues: false },
            { now: () => this.now, wait: (ms, signal) => clock.wait(ms, signal) },
            this.store.requests,
          );
    const provider: Provider = {
      identity: this.identity,
      series: SERIES,
      labels: 'end',
      extraDays: 15,
      ...(budget && { budget }),
      fetch: async (request, purpose, signal) => {
        await budget?.take(purpose, signal);
        await this.learn();
        if (this.noteRequest(request, purpose))
          await new Promise((_, no) => {
            signal.addEventListener('abort', no);
          });
        await clock.wait(latency, signal);
        return this.answer(request, purpose);
      },
    };
    const collector = new Collector({
      usagePoint: PDL,
      storedAs: PDL,
      provider,
      store: this.store,
      schedule: this.schedule,
      onRejected: (_, rejected) => {
        this.fail(`rejected ${JSON.stringify(rejected)}`);
      },
      onConsentEnding: () => undefined,
    });
    this.collector = collector;
    this.splits.clear();
    this.errors.clear();
    this.startedAt = this.now;
    this.publishers = DIRECTIONS.map(
      (direction) =>
        new Publisher(
          collector,
          this.store,
          { consumer: direction, direction, usagePoint: PDL, storedAs: PDL, meter: 'House' },
          direction === 'consumption',
          {
            message: (_, message) => {
              this.notePublished(message);
            },
            error: ({ code, key }) => {
              if (key.startsWith('store')) this.fail(`the store is said to be at fault: ${code}`);
              const error = `${direction} ${code} ${dayOf(this.now)}`;
              if (this.errors.has(error)) this.fail(`told twice: ${error}`);
              this.errors.add(error);
            },
            state: () => undefined,
          },
        ),
    );
    await Promise.all(this.publishers.map((publisher) => publisher.begin(true)));
    await this.settled();
  }

  async stop(): Promise<void> {
    for (const publisher of this.publishers) await publisher.end();
    await this.collector?.stop();
    this.collector = undefined;
    if (this.queries.size > 0) await turn();
    if (this.queries.size > 0) this.fail('a query is not answered when the collector stops');
    this.queries.clear();
  }

  async close(): Promise<void> {
    await this.stop();
    this.time.restore();
    this.store.close();
  }

  async restart(changes: Partial<Schedule>, isOtherAccount = false): Promise<void> {
    await this.stop();
    this.schedule = { ...this.schedule, ...changes };
    if (isOtherAccount) this.identity = `account ${Number(this.identity.slice(8)) + 1}`;
    this.disturb();
    await this.start();
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    while (this.now < until) {
      const slot =
        this.slots(addDays(dayOf(this.now), -1), 3).find((each) => each + MARGIN > this.now) ?? until;
      await this.passTo(Math.min(until, slot + MARGIN));
      if (this.now === slot + MARGIN) await this.checkSlot(slot);
      if (this.failures.length > 0) return;
    }
  }

  private async passTo(until: number): Promise<void> {
    await this.time.pass(until, () => (this.isWorking ? this.settled() : Promise.resolve()));
    this.noteOutages();
  }

  /** The host's clock is set. */
  jump(ms: number): void {
    this.skew += ms;
    this.time.jump(this.now + ms);
    this.requests.length = 0;
    this.disturb();
    this.errors.clear();
  }

  /** The machine sleeps. */
  sleep(ms: number): void {
    this.time.jump(this.now + ms);
    this.disturb();
  }

  fill(): void {
    this.touchedAt = this.now;
    this.enedis.fillAll();
  }

  setOutage(outage: Outage | undefined): void {
    this.touchedAt = this.now;
    this.noteOutages();
    this.enedis.outage = outage;
    this.outageSince = outage ? this.now : Infinity;
  }

  collect(): void {
    this.collectedAt = this.now;
    this.touchedAt = this.now;
    void this.collector?.collect();
  }

  query(series: Series, age: number, length: number): void {
    this.touchedAt = this.now;
    const start = addDays(dayOf(this.now), -age);
    const query = { series, start, end: addDays(start, length) };
    this.queries.add(query);
    void this.collector?.fetch(series, query).then(() => this.queries.delete(query));
  }

  /** Slots are not what they were, for the rest of the day. */
  private disturb(): void {
    this.disturbedAt = this.now;
    // Work that was under way goes on.
    if (this.isWorking) this.startedAt = this.now;
    this.touchedAt = this.now;
  }

  private noteOutages(): void {
    if (this.enedis.outage && this.enedis.outage !== 'empty') this.disturbedAt = this.now;
    if (this.enedis.poisons.size > 0) this.refusedAt = this.now;
  }

  private get isWorking(): boolean {
    return this.collector?.['working'] !== undefined;
  }

  /** Resolves when no work is done, or all of it waits for time to pass. */
  async settled(): Promise<void> {
    do {
      await turn();
      assert.deepEqual(
        this.failures.filter((each) => each.startsWith('storm')),
        [],
      );
    } while (this.isWorking && this.time.waiting === 0);
  }

  private fail(what: string): void {
    this.failures.push(`${what} (${isoParis(this.now)})`);
  }

  // What the model knows

  /** The slots of some days, epoch ms. */
  private slots(first: Day, days: number): number[] {
    const { from, to, minute } = this.schedule;
    return daysIn(first, addDays(first, days)).flatMap((day) => {
      const hours = Array.from({ length: 24 }, (_, i) => i * 60 + minute);
      const within = hours.filter((minutes) => minutes >= from && minutes <= to);
      return (within.length > 0 ? within : [from]).map((minutes) => instantAt(day, minutes));
    });
  }

  /** The newest instant from which on days could be due. */
  private turnAt(): number {
    const today = dayOf(this.now);
    const slot = this.slots(today, 1).findLast((each) => each <= this.now) ?? startOfDay(today);
    return this.collectedAt <= this.now ? Math.max(slot, this.collectedAt) : slot;
  }

  private async wantedSince(series: Series, today: Day): Promise<Day> {
    const { history, loadCurveHistory } = this.schedule;
    const year = startOfYear(addDays(today, -1));
    const past = addMonths(today, -12 * history);
    const scheduled = isCurve(series) ? addDays(today, -loadCurveHistory) : past < year ? past : year;
    const { collectedSince } = await this.store.facts({ usagePoint: PDL, name: series });
    const since = collectedSince !== undefined && collectedSince < scheduled ? collectedSince : scheduled;
    const floor = this.floors.get(series);
    const above = floor && floor.day >= since ? addDays(floor.day, 1) : since;
    const deepest = addDays(addMonths(today, isCurve(series) ? -24 : -36), -15);
    return above < deepest ? deepest : above;
  }

  private isFloorDue({ probedAt, identity }: { probedAt: number; identity: string }): boolean {
    return identity !== this.identity || probedAt > this.now || this.now - probedAt >= 30 * DAY;
  }

  private isQueried({ series, start, end }: DataRequest): boolean {
    return [...this.queries].some((q) => q.series === series && q.start <= start && end <= q.end);
  }

  /** @returns whether this is a storm */
  private noteRequest(request: DataRequest, purpose: Purpose): boolean {
    const { series, start, end } = request;
    this.requests.push({ at: this.now, series });
    if (Math.abs(this.now - this.minute.at) >= MINUTE) this.minute = { at: this.now, count: 0 };
    this.minute.count += 1;
    const what = `${series} ${start}..${end} ${purpose}`;
    if (this.minute.count > STORM) {
      this.fail(`storm: ${what}`);
      return true;
    }
    const isRetry = this.failed.get(series) === `${start} ${end}`;
    const problem = isRetry ? undefined : this.problemOf(request, purpose);
    if (problem !== undefined) this.fail(`${problem}: ${what}`);
    return false;
  }

  /** Why a request should not have been made. */
  private problemOf(request: DataRequest, purpose: Purpose): string | undefined {
    const { series, start, end } = request;
    const today = dayOf(this.now);
    if (end > today) return 'a day that is not over';
    if (daysBetween(start, end) < 1 || daysBetween(start, end) > (isCurve(series) ? 7 : 365)) return 'length';
    if (purpose === 'user' && this.isQueried(request)) return undefined;
    const floor = this.floors.get(series);
    const isProbe = floor?.day === start && addDays(start, 1) === end;
    if (floor && start <= floor.day) {
      return isProbe && this.isFloorDue(floor) ? undefined : 'a day below the floor';
    }
    const { from, to } = this.schedule;
    const isWithin = this.now >= instantAt(today, from) && this.now <= instantAt(today, to) + 90_000;
    if (purpose === 'schedule' && !isWithin && dayOf(this.startedAt) !== today) return 'out of hours';
    const turnAt = this.turnAt();
    const known = this.answered.get(series);
    const last = addDays(end, -1);
    // What was requested within this slot, or is complete, is not requested for its own sake.
    if (dueFrom(known?.get(last), last, this.now) > turnAt) return `${last} is not due`;
    if (floor || this.splits.has(series) || dueFrom(known?.get(start), start, this.now) <= turnAt)
      return undefined;
    const first = known?.get(start);
    const age = daysBetween(start, today);
    const isOnce = age >= 2 && daysBetween(start, dayOf(first?.at ?? 0)) < 2;
    const isRider = age <= 7 && daysBetween(start, last) <= 7 && (first?.isWhole !== true || isOnce);
    return isRider ? undefined : `${start} does not come along`;
  }

  /** @throws LinkyError */
  private answer(request: DataRequest, purpose: Purpose): object {
    const { series, start, end } = request;
    try {
      const answer = this.enedis.answer(request);
      this.failed.delete(series);
      this.noteAnswer(request, (day) => this.enedis.valuesOf(series, day));
      return answer;
    } catch (error) {
      assert.ok(error instanceof LinkyError);
      if (error.retry === 'soon') this.failed.set(series, `${start} ${end}`);
      if (error.isEmpty) this.noteAnswer(request, () => new Map());
      else if (error.scope === 'range') this.noteRefusal(request, error, purpose);
      throw error;
    }
  }

  private noteRefusal(request: DataRequest, error: LinkyError, purpose: Purpose): void {
    const { series, start, end } = request;
    const today = dayOf(this.now);
    const isOneDay = addDays(start, 1) === end;
    // Where older days are there, it is wrong; without hourly collection, yesterday may come yet.
    const isFloor =
      error.floorReason &&
      !(end === today && error.key === 'hourly-not-activated') &&
      ![...(this.kept.get(series) ?? [])].some(([day, { size }]) => day <= start && size > 0);
    if (isFloor) {
      this.noteFloor(request, error);
      return;
    }
    if (end === today && isOneDay) {
      // Nothing of the series is requested before tomorrow.
      if (!error.isOutage) this.refusedOn.set(series, today);
      return;
    }
    this.splits.add(series);
    this.refusedAt = this.now;
    if (end === today || !isOneDay) return;
    if (error.isOutage) {
      // Where others are answered, it counts as requested.
      if (purpose === 'backfill') this.uncertain.push({ series, start, end });
    } else if (this.floors.get(series)?.day === start) this.noteFloor(request, error);
    else this.noteDays(request, () => new Map());
  }

  /** What became of a day that met an outage. */
  private async learn(): Promise<void> {
    for (const { series, start, end } of this.uncertain.splice(0)) {
      const [status] = await this.store.statuses({ usagePoint: PDL, name: series }, { start, end });
      const at = status?.requestedAt ?? 0;
      if (this.floors.get(series)?.day === start) {
        const { floor } = await this.store.facts({ usagePoint: PDL, name: series });
        if (floor) this.floors.set(series, { ...floor, why: floor.reason, identity: floor.provider });
      } else if (status && at > (this.answered.get(series)?.get(start)?.at ?? 0)) {
        this.noteDays({ usagePoint: PDL, series, start, end }, () => new Map(), at);
      }
    }
  }

  private noteAnswer(request: DataRequest, values: (day: Day) => Map<number, number>): void {
    const { series, start, end } = request;
    const floor = this.floors.get(series);
    const hasCome = daysIn(start, end).some((day) => values(day).size > 0);
    if (floor && start <= floor.day) {
      if (hasCome) this.floors.delete(series);
      else this.floors.set(series, { ...floor, probedAt: this.now, identity: this.identity });
    }
    this.noteDays(request, values);
  }

  private noteDays(
    { series, start, end }: DataRequest,
    values: (day: Day) => Map<number, number>,
    now = this.now,
  ): void {
    const today = dayOf(now);
    for (const day of daysIn(start, end)) {
      const kept = this.kept.get(series)?.get(day) ?? new Map<number, number>();
      for (const [at, value] of values(day)) kept.set(at, value);
      this.kept.get(series)?.set(day, kept);
      const isWhole = kept.size === expectedValues(series, day);
      const before = this.answered.get(series)?.get(day)?.attempts ?? 0;
      const isOld = daysBetween(day, today) >= 14;
      this.answered.get(series)?.set(day, { at: now, isWhole, attempts: isOld && !isWhole ? before + 1 : 0 });
    }
  }

  private noteFloor({ series, start }: DataRequest, error: LinkyError): void {
    this.splits.add(series);
    const before = this.floors.get(series);
    // Where one day is refused for another reason, the floor is what it was.
    const why = error.floorReason ?? before?.why ?? '';
    this.floors.set(series, { day: start, why, probedAt: this.now, identity: this.identity });
    if (why !== 'no-meter' || (before?.day === start && before.why === why)) return;
    // The totals from the meter's first day on are whole now.
    const first = addDays(start, 1);
    if (!this.kept.get(series)?.get(first)?.size) return;
    const repeated = { daily: first, monthly: startOfMonth(first), yearly: startOfYear(first) };
    for (const [metric, day] of Object.entries(repeated)) {
      this.repeatable.add(`${directionOf(series)}/${metric} ${startOfDay(day)}`);
    }
  }

  private notePublished({ topic, readings, replay }: SourceMessage): void {
    for (const { start, value, incomplete } of readings) {
      const key = `${topic} ${Date.parse(start)}`;
      const content = `${value}${incomplete ? ' incomplete' : ''}`;
      const isNew = this.published.get(key) !== content;
      this.published.set(key, content);
      const mayRepeat = this.repeatable.delete(key);
      if (!isNew && !replay && !mayRepeat) this.fail(`published twice: ${topic} ${start}`);
    }
  }

  // What must hold

  /** After every command: nothing is lost. */
  async check(): Promise<void> {
    await this.learn();
    assert.deepEqual(this.failures, []);
    for (const series of SERIES) {
      const days = await this.store.days(
        { usagePoint: PDL, name: series },
        { start: '2000-01-01', end: '2100-01-01' },
      );
      const expected = this.kept.get(series) ?? new Map<Day, Map<number, number>>();
      assert.equal(days.length, expected.size, series);
      const months = new Map<Day, number>();
      for (const { day, readings, state, requestedAt } of days) {
        const values = expected.get(day) ?? new Map<number, number>();
        assert.equal(readings.length, values.size, `${series} ${day}`);
        const known = this.answered.get(series)?.get(day);
        assert.equal(requestedAt, known?.at, `${series} ${day} requested`);
        assert.equal(state === 'complete', known?.isWhole, `${series} ${day} ${state}`);
        for (const { start, value } of readings) {
          assert.equal(value, values.get(start), `${series} ${day}`);
          const key = `${topicOf(series)} ${start}`;
          assert.equal(this.published.get(key), String(value / 1000), `published: ${key}`);
          const month = startOfMonth(day);
          months.set(month, (months.get(month) ?? 0) + value);
        }
      }
      if (isCurve(series)) continue;
      for (const [month, sum] of months) {
        const key = `${directionOf(series)}/monthly ${startOfDay(month)}`;
        assert.equal(this.published.get(key)?.split(' ')[0], String(sum / 1000), `published: ${key}`);
      }
    }
  }

  /** Where a day has one slot, an old day that meets an outage may keep yesterday away: once a week, then it is known. */
  private isExcused(series: Series, today: Day, poison?: { day: Day; kind: Poison }): boolean {
    if (poison?.kind !== 'enedis-down' || this.slots(today, 1).length > 1) return false;
    const excuse = `${series} ${poison.day}`;
    const last = this.excuses.get(excuse);
    if (last !== undefined && Math.abs(daysBetween(last, today)) < 7) return last === today;
    this.excuses.set(excuse, today);
    return true;
  }

  /** Some time after each slot: all that was due in it was requested, and nothing too often. */
  private async checkSlot(slot: number): Promise<void> {
    const today = dayOf(slot);
    const midnight = startOfDay(today);
    const isFirst = slot === this.slots(today, 1)[0];
    const isLast = slot === this.slots(today, 1).at(-1);
    await this.learn();
    this.checkStorm(slot);
    if (this.setup.budget !== undefined) {
      const sent = this.requests.filter(({ at }) => at > this.now - DAY);
      if (this.disturbedAt < this.now - DAY && sent.length > this.setup.budget) this.fail('over budget');
      return;
    }
    // While the clock is wrong, Enedis has nothing of some days, and nothing can be said of what is due.
    if (this.disturbedAt >= midnight || this.skew !== 0) return;
    for (const series of SERIES) {
      const since = await this.wantedSince(series, today);
      const known = this.answered.get(series);
      const yesterday = addDays(today, -1);
      const poison = this.enedis.poisons.get(series);
      const isRefused = poison?.day === yesterday || this.refusedOn.get(series) === today;
      if (since <= yesterday && !isRefused) {
        const answered = known?.get(yesterday);
        // An outage that an old day alone meets may keep yesterday back for some slots, a refusal for none.
        const isDue = dueFrom(answered, yesterday, this.now) <= slot;
        if (isDue && poison?.kind !== 'enedis-down') this.fail(`yesterday is not requested: ${series}`);
        const wasThere = this.touchedAt < slot && this.enedis.isWhole(series, yesterday, slot - this.skew);
        const hasCome = answered?.isWhole === true;
        if (isLast && wasThere && !hasCome && !this.isExcused(series, today, poison)) {
          this.fail(`yesterday does not come: ${series}`);
        }
      }
      if (this.refusedAt >= midnight || isRefused) continue;
      this.checkState(series, known?.get(yesterday)?.isWhole === true);
      if (!isFirst && !isLast) continue;
      const overdue = daysIn(since, today).filter((day) => dueFrom(known?.get(day), day, this.now) <= slot);
      if (overdue.length > 0) this.fail(`not requested: ${series} ${overdue.slice(0, 20).join()}`);
    }
  }

  private checkState(series: Series, isThere: boolean): void {
    if (this.isWorking) return;
    const state = this.collector?.stateFor({
      wants: [series],
      onState: () => undefined,
      onError: () => undefined,
    });
    const expected = isThere ? 'up-to-date' : 'waiting';
    if (state?.kind !== expected)
      this.fail(`state ${JSON.stringify(state)} instead of ${expected}: ${series}`);
    else if ('next' in state && !(state.next > this.now && state.next < this.now + 2 * DAY)) {
      this.fail(`next request at ${state.next}`);
    }
  }

  private checkStorm(slot: number): void {
    const start = slot - HOUR + MARGIN;
    const recent = this.requests.filter(({ at }) => at > start);
    const isOutage = this.enedis.outage && this.enedis.outage !== 'empty' && this.outageSince < start;
    if (isOutage && this.touchedAt < start && recent.length > 12) this.fail(`${recent.length} requests`);
    for (const series of SERIES) {
      const count = recent.filter((each) => each.series === series).length;
      if (count > 60) this.fail(`${count} requests of ${series}`);
    }
  }

  /** A long quiet time at the end: all that Enedis has is there, but for gaps that wait for their next turn. */
  async finish(): Promise<void> {
    this.setOutage(undefined);
    this.enedis.poisons.clear();
    this.enedis.floors.clear();
    this.enedis.fillAll();
    if (this.skew !== 0) this.jump(-this.skew);
    await this.restart({}, true);
    await this.pass(this.setup.budget === undefined ? 35 * DAY : 60 * DAY);
    await this.check();
    const today = dayOf(this.now);
    for (const series of SERIES) {
      const since = await this.wantedSince(series, today);
      for (const day of daysIn(since, addDays(today, -1))) {
        const answered = this.answered.get(series)?.get(day);
        if (answered?.isWhole) continue;
        const due = dueFrom(answered, day, this.now);
        assert.ok(due > this.now - 2 * DAY, `${series} ${day} was due on ${due}`);
        assert.ok(answered && daysBetween(day, dayOf(answered.at)) >= 14, `${series} ${day} is lost`);
      }
    }
    await this.stop();
    assert.deepEqual(this.failures, []);
  }
}

class Command implements fc.AsyncCommand<object, World> {
  constructor(
    private readonly name: string,
    private readonly act: (world: World) => Promise<void> | void,
  ) {}

  check(): boolean {
    return true;
  }

  async run(_: object, world: World): Promise<void> {
    await this.act(world);
    await world.settled();
    await world.check();
  }

  toString(): string {
    return this.name;
  }
}

const series = fc.constantFrom(...SERIES);
const schedules = fc.constantFrom<Partial<Schedule>>(
  { minute: 37 },
  { minute: 0 },
  { from: minutesOf('05:00'), to: minutesOf('20:00') },
  { from: minutesOf('05:00'), to: minutesOf('20:00') },
  { from: minutesOf('09:00'), to: minutesOf('14:00') },
  { from: minutesOf('10:10'), to: minutesOf('10:20') },
  { history: 0 },
  { history: 1 },
  { loadCurveHistory: 7 },
  { loadCurveHistory: 30 },
  { loadCurveHistory: 2 },
);
const durations = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 240 }).map((n) => n * MINUTE), weight: 2 },
  { arbitrary: fc.integer({ min: 5, max: 60 }).map((n) => n * HOUR), weight: 3 },
  { arbitrary: fc.integer({ min: 3, max: 21 }).map((n) => n * DAY), weight: 2 },
);
const duration = (ms: number): string => `${Math.round((ms / HOUR) * 100) / 100} h`;

const commands = [
  durations.map((ms) => new Command(`pass ${duration(ms)}`, (world) => world.pass(ms))),
  durations.map((ms) => new Command(`pass ${duration(ms)}`, (world) => world.pass(ms))),
  durations.map((ms) => new Command(`pass ${duration(ms)}`, (world) => world.pass(ms))),
  fc.tuple(series, fc.integer({ min: -2, max: 5 }), fc.constantFrom(0.4, 1, 2, 10, 15, 25, 1000)).map(
    ([of, age, days]) =>
      new Command(`${of} of ${age} days ago is late by ${days} days`, (world) => {
        world.enedis.delay(of, world.dayAged(age), world.now + days * DAY);
      }),
  ),
  fc.tuple(series, fc.integer({ min: 1, max: 12 })).map(
    ([of, age]) =>
      new Command(`${of} of ${age} days ago is corrected`, (world) => {
        world.enedis.correct(of, world.dayAged(age));
      }),
  ),
  fc.constant(
    new Command('fill', (world) => {
      world.fill();
    }),
  ),
  fc
    .constantFrom<(Outage | undefined)[]>(
      'enedis-down',
      'unreachable',
      'too-many-calls',
      'empty',
      'token-refused',
      undefined,
      undefined,
      undefined,
    )
    .map(
      (outage) =>
        new Command(`outage ${outage ?? 'ends'}`, (world) => {
          world.setOutage(outage);
        }),
    ),
  fc
    .tuple(
      series,
      fc.constantFrom(1, 2, 3, 5, 8, 13, 20, 100),
      fc.constantFrom('bad-request', 'enedis-down', 'off'),
    )
    .map(
      ([of, age, kind]) =>
        new Command(`${of} of ${age} days ago is refused: ${kind}`, (world) => {
          if (kind === 'off') world.enedis.poisons.delete(of);
          else world.enedis.poisons.set(of, { day: world.dayAged(age), kind: kind });
        }),
    ),
  fc.tuple(series, fc.constantFrom(0, 1, 2, 5, 20, 100), fc.constantFrom('ADAM-ERR0123', 'ADAM-DC-0009')).map(
    ([of, age, code]) =>
      new Command(`${of} floor ${age} days ago ${code}`, (world) => {
        if (age === 0) world.enedis.floors.delete(of);
        else world.enedis.floors.set(of, { day: world.dayAged(age), code });
      }),
  ),
  schedules.map(
    (changes) => new Command(`restart ${JSON.stringify(changes)}`, (world) => world.restart(changes)),
  ),
  fc.constant(new Command('restart with another account', (world) => world.restart({}, true))),
  fc
    .constantFrom(
      -10 * DAY,
      -25 * HOUR,
      -HOUR,
      -10 * MINUTE,
      10 * MINUTE,
      HOUR,
      25 * HOUR,
      10 * DAY,
      40 * DAY,
    )
    .map(
      (ms) =>
        new Command(`clock jumps ${duration(ms)}`, (world) => {
          world.jump(ms);
        }),
    ),
  durations.map(
    (ms) =>
      new Command(`sleep ${duration(ms)}`, (world) => {
        world.sleep(ms);
      }),
  ),
  fc.constant(
    new Command('collect', (world) => {
      world.collect();
    }),
  ),
  fc.tuple(series, fc.constantFrom(1, 3, 10, 45, 200), fc.constantFrom(1, 2, 30, 400), fc.boolean()).map(
    ([of, age, length, andRestart]) =>
      new Command(
        `query ${of} ${age} days ago, ${length} days${andRestart ? ', and restart' : ''}`,
        async (world) => {
          world.query(of, age, length);
          if (andRestart) await world.restart({});
        },
      ),
  ),
];

const setups: fc.Arbitrary<Setup> = fc.record({
  start: fc.constantFrom(
    '2026-02-24T03:10+01:00',
    '2026-03-02T07:12+01:00',
    '2026-03-27T21:00+01:00',
    '2026-01-01T05:40+01:00',
    '2026-10-20T12:00+02:00',
  ),
  latency: fc.constantFrom(1, 1, 1500),
  budget: fc.constantFrom(undefined, undefined, undefined, 30),
  schedule: schedules.map((changes) => ({ ...SCHEDULE, ...changes })),
});

const SETUP: Setup = {
  start: '2026-02-24T03:10+01:00',
  latency: 1,
  budget: undefined,
  schedule: SCHEDULE,
};

/** Lives a life, and checks that nothing is wrong at its end. */
async function live(setup: Setup, life: (world: World) => Promise<void>): Promise<void> {
  const world = new World(setup);
  const random = Math.random;
  Math.random = () => 0.5;
  try {
    await world.start();
    await life(world);
    await world.finish();
  } finally {
    Math.random = random;
    await world.close();
  }
}

describe('the life of a meter', () => {
  it('nothing is lost, nothing doubled, every gap requested as the table says', async () => {
    await fc.assert(
      fc.asyncProperty(setups, fc.commands(commands, { maxCommands: 30, size: 'max' }), (setup, run) =>
        live(setup, (world) => fc.asyncModelRun(() => ({ model: {}, real: world }), run)),
      ),
      { numRuns: RUNS },
    );
  }).timeout(600_000);

  /** What the property found; each went wrong once. */
  const lives: [string, Partial<Schedule>, (world: World) => Promise<void>][] = [
    [
      'the clock set back to before the first slot: no storm of requests',
      {},
      async (world) => {
        world.enedis.delay('production-daily', world.dayAged(1), world.now + 2 * DAY);
        await world.pass(30 * HOUR);
        world.jump(-30 * HOUR);
        await world.pass(5 * MINUTE);
      },
    ],
    [
      'the clock set back to the night before: no requests out of hours',
      {},
      async (world) => {
        await world.pass(MINUTE);
        world.jump(-10 * DAY);
        await world.pass(HOUR);
      },
    ],
    [
      'the clock set back a little: yesterday is requested in the next slots',
      {},
      async (world) => {
        await world.pass(210 * MINUTE + MINUTE);
        world.jump(-10 * MINUTE);
        await world.pass(3 * DAY);
      },
    ],
    [
      'the clock set back by an hour, and another day',
      {},
      async (world) => {
        world.jump(25 * HOUR);
        await world.pass(5 * HOUR);
      },
    ],
    [
      'the clock set back in an outage',
      {},
      async (world) => {
        world.setOutage('enedis-down');
        await world.pass(6 * HOUR);
        world.jump(-3 * HOUR);
        world.setOutage(undefined);
        await world.pass(2 * DAY);
      },
    ],
    [
      'an old day that meets an outage does not keep yesterday away where a day has one slot',
      { from: minutesOf('10:10'), to: minutesOf('10:20') },
      async (world) => {
        world.enedis.delay('consumption-daily', world.dayAged(1), world.now + 25 * DAY);
        world.enedis.poisons.set('consumption-daily', { day: world.dayAged(1), kind: 'enedis-down' });
        await world.pass(5 * DAY);
      },
    ],
    [
      'one that comes along with yesterday keeps it away once, though a part of what failed is answered',
      { from: minutesOf('10:10'), to: minutesOf('10:20') },
      async (world) => {
        world.enedis.poisons.set('consumption-daily', { day: world.dayAged(3), kind: 'enedis-down' });
        world.jump(-10 * DAY);
        await world.restart({});
        world.jump(10 * DAY);
        await world.pass(5 * DAY);
      },
    ],
    [
      'a query is answered when the collector stops',
      {},
      async (world) => {
        await world.pass(MINUTE);
        world.query('consumption-load-curve', 10, 1);
        await world.restart({});
        await world.check();
      },
    ],
    [
      'the clock set back: a day that was refused waits for the hours',
      {},
      async (world) => {
        world.enedis.poisons.set('consumption-daily', { day: world.dayAged(20), kind: 'bad-request' });
        await world.pass(MINUTE);
        world.jump(-10 * DAY);
        await world.pass(MINUTE);
      },
    ],
    [
      'the clock set back: a floor of a day to come is not probed',
      {},
      async (world) => {
        world.enedis.floors.set('production-daily', { day: world.dayAged(5), code: 'ADAM-ERR0123' });
        await world.restart({ history: 1 });
        await world.pass(5 * HOUR);
        world.jump(-70 * DAY);
        await world.restart({});
        await world.pass(MINUTE);
      },
    ],
    [
      'a floor that is yesterday',
      {},
      async (world) => {
        world.enedis.floors.set('consumption-daily', { day: world.dayAged(1), code: 'ADAM-ERR0123' });
        await world.pass(5 * HOUR);
      },
    ],
    [
      'a floor that is probed again publishes nothing',
      {},
      async (world) => {
        await world.pass(MINUTE);
        world.enedis.floors.set('consumption-daily', { day: world.dayAged(20), code: 'ADAM-ERR0123' });
        await world.restart({ history: 1 });
        await world.pass(32 * DAY);
      },
    ],
  ];
  for (const [name, schedule, life] of lives) {
    it(name, () => live({ ...SETUP, schedule: { ...SETUP.schedule, ...schedule } }, life));
  }
});
