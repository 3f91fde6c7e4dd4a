import assert from 'node:assert/strict';
import { addDays, dayOf, daysIn, startOfDay, type Day } from '../../src/calendar/paris';
import { DIRECTIONS } from '../../src/metering/metrics';
import { startCluster, type Cluster } from '../support/cluster';
import { paris } from '../support/home';
import { historyDeadline } from '../support/stand-in/calendar';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** So long after midnight all of the day before is published and was requested, ms. */
const PUBLISHED = 14 * HOUR;

/** How much of it: `npm test` runs a short one, the environment variable chooses the whole. */
const IS_WHOLE = process.env['LINKY_SOAK'] === 'whole';
/** More than an instance collects at once (32): with fewer, whoever is first has them all while it lives. */
const METERS = IS_WHOLE ? 300 : 120;
const HOURS = IS_WHOLE ? 72 : 2;
const BEGIN = paris('2026-11-22T12:10');
const SPEED = IS_WHOLE ? 240 : 180;
const METER = IS_WHOLE ? { history: 3, loadCurveHistory: 650 } : { history: 0, loadCurveHistory: 50 };
/** Between what an instance does of its part of the work; in a short run a restart takes a good part of the time. */
const [LEAST, MOST] = IS_WHOLE ? [0.8, 1.2] : [0.3, 2];
/** What is on its way when something dies may come twice: of all readings so many at the most. */
const TWICE = 0.01;
/** Data Connect's, in an hour. */
const QUOTA = 1000;
/** A request may be on its way for so long on a busy machine, by the cluster's clock: the server counts others than were sent. */
const ON_THE_WAY = 1000 * SPEED;

const usagePoints = Array.from({ length: METERS }, (_, i) => String(10_000_000_000_000 + i * 7919));

/** So many usage points are checked at once: the readings of all of them are more than a Map can have. */
const AT_ONCE = 20;

/** How often each value of a metric was published, by usage point, direction and start. */
type Counts = Map<string, { value: number; count: number }>;

describe('three Node-REDs with one PostgreSQL', () => {
  it('publish every reading once, within the quota, whatever dies', async function () {
    this.timeout(IS_WHOLE ? 3_600_000 : 300_000);
    const cluster = await startCluster({
      instances: 3,
      begin: BEGIN,
      speed: SPEED,
      usagePoints,
      standIn: { gateway: 'dataconnect' },
      meter: METER,
    });
    try {
      await Promise.all(cluster.instances.map((instance) => instance.start()));
      await Promise.all(cluster.instances.map((instance) => instance.serve()));
      const begin = cluster.now();
      const kills = await upset(cluster, begin);
      await cluster.until(begin + HOURS * HOUR);
      await finished(cluster);
      const today = dayOf(cluster.now() - PUBLISHED);
      assertWithinQuota(cluster);
      assertFairShares(cluster);
      await assertPublished(cluster, today, kills);
    } finally {
      await cluster.remove();
    }
  });
});

/** Kills one instance after the other, restarts PostgreSQL twice, and cuts each instance off for a while. */
async function upset(cluster: Cluster, begin: number): Promise<number> {
  const { instances, postgres } = cluster;
  let kills = 0;
  const steps = Math.max(3, HOURS - 1);
  for (let step = 0; step < steps; step++) {
    const at = begin + ((step + 0.3) / steps) * (HOURS - 0.5) * HOUR;
    await cluster.until(at);
    const victim = instances[step % instances.length];
    await victim?.kill();
    kills += 1;
    await victim?.start();
    if (step === 1 || step === steps - 1) {
      await postgres.stop();
      await postgres.start();
    }
    const cut = instances[step];
    if (cut) {
      await cut.network.cut();
      await cluster.until(cluster.now() + 5 * MINUTE);
      await cut.network.mend();
    }
  }
  return kills;
}

/** Resolves when nothing has come and nothing was published for longer than the quota can keep a request waiting. */
async function finished(cluster: Cluster): Promise<void> {
  let last = cluster.now();
  for (let before = -1; cluster.now() < last + 1.2 * HOUR;) {
    await cluster.until(cluster.now() + 5 * MINUTE);
    const [row] = await cluster.query<{ sum: string }>(
      'SELECT sum(revision) + (SELECT sum(revision) FROM linky.cursor) AS sum FROM linky.series',
    );
    if (Number(row?.sum) !== before) last = cluster.now();
    before = Number(row?.sum);
  }
}

function assertWithinQuota({ standIn: { calls } }: Cluster): void {
  assert.deepEqual(new Set(calls.map(({ status }) => status).filter((status) => status === 429)), new Set());
  let first = 0;
  const times = calls.filter(({ path }) => !path.includes('oauth2')).map(({ at }) => at);
  times.forEach((at, i) => {
    while ((times[first] ?? at) <= at - HOUR + ON_THE_WAY) first += 1;
    assert.ok(i - first + 1 <= QUOTA, `${i - first + 1} requests in an hour`);
  });
}

/** Each has done its part of the work. */
function assertFairShares({ standIn: { calls }, instances }: Cluster): void {
  const data = calls.filter(({ usagePoint }) => usagePoint !== undefined);
  for (const { name } of instances) {
    const share = (data.filter(({ instance }) => instance === name).length / data.length) * instances.length;
    assert.ok(
      share >= LEAST && share <= MOST,
      `${name} made ${share.toFixed(2)} of its part of ${data.length}`,
    );
  }
}

async function assertPublished(cluster: Cluster, today: Day, kills: number): Promise<void> {
  let all = 0;
  let twice = 0;
  const lost: string[] = [];
  for (let i = 0; i < METERS; i += AT_ONCE) {
    const some = usagePoints.slice(i, i + AT_ONCE);
    const counts = await countsOf(cluster, new Set(some));
    for (const [key, value] of some.flatMap((usagePoint) => [...truthOf(cluster, usagePoint, today)])) {
      const found = counts.get(key);
      all += 1;
      if (!found) {
        lost.push(key);
        continue;
      }
      assert.equal(found.value, value, key);
      assert.ok(found.count <= 2, `${key} came ${found.count} times`);
      twice += found.count - 1;
    }
  }
  if (lost.length > 0) assert.fail(await storyOf(cluster, lost));
  assert.ok(twice <= all * TWICE, `${twice} of ${all} came twice`);
  if (!IS_WHOLE) return;
  console.log(
    `${all} readings, ${twice} twice after ${kills} kills, ${cluster.standIn.calls.length} requests`,
  );
}

/** What was lost, and what the database knows of its series: whether it was collected, and what was published. */
async function storyOf(cluster: Cluster, lost: readonly string[]): Promise<string> {
  const [first = '', last = ''] = [lost[0], lost.at(-1)];
  const [usagePoint, topic = ''] = first.split(' ');
  const rows = await cluster.query(
    `SELECT series.name, series.revision, cursor.metric, cursor.revision AS cursor,
       (SELECT count(*) FROM linky.day WHERE day.series = series.id AND day.state = 'complete') AS complete
     FROM linky.series LEFT JOIN linky.cursor ON cursor.series = series.id WHERE usage_point = $1`,
    usagePoint,
  );
  const days = await cluster.query(
    `SELECT day.day, day.state, day.revision, day.requested_at FROM linky.day JOIN linky.series ON series.id = day.series
     WHERE usage_point = $1 AND series.name = $2 AND day.day BETWEEN $3 AND $4 ORDER BY day.day LIMIT 40`,
    usagePoint,
    topic.replace('/', '-'),
    dayOf(Number(first.split(' ')[2])),
    dayOf(Number(last.split(' ')[2])),
  );
  return `${lost.length} lost, from ${first} to ${last}: ${JSON.stringify({ rows, days })}`;
}

/** What was published of some usage points. */
async function countsOf(cluster: Cluster, usagePoints: ReadonlySet<string>): Promise<Counts> {
  const counts: Counts = new Map();
  for (const instance of cluster.instances) {
    for await (const { topic, usagePoint, readings } of instance.published()) {
      if (!usagePoints.has(usagePoint) || !/load-curve|daily|max-power/.test(topic)) continue;
      for (const [start, value] of readings) {
        const key = keyOf(usagePoint, topic, start);
        const known = counts.get(key);
        counts.set(key, { value, count: (known?.count ?? 0) + 1 });
      }
    }
  }
  return counts;
}

/** What had to be published of a usage point. */
function* truthOf(cluster: Cluster, usagePoint: string, today: Day): Generator<[key: string, value: number]> {
  const { truth } = cluster.standIn;
  // What was not collected yet when it grew too old is not wanted any more.
  const curveSince = addDays(today, -METER.loadCurveHistory);
  const dailySince = METER.history === 0 ? '2026-01-01' : historyDeadline(today, 36);
  for (const direction of DIRECTIONS) {
    for (const day of daysIn(curveSince, today)) {
      for (const { start, value } of truth.loadCurve(usagePoint, direction, day)) {
        yield [keyOf(usagePoint, `${direction}/load-curve`, start), value / 1000];
      }
    }
    for (const day of daysIn(dailySince, today)) {
      const start = startOfDay(day);
      yield [keyOf(usagePoint, `${direction}/daily`, start), truth.daily(usagePoint, direction, day) / 1000];
      if (direction === 'production') continue;
      yield [
        keyOf(usagePoint, `${direction}/max-power`, start),
        truth.maxPower(usagePoint, day).value / 1000,
      ];
    }
  }
}

const keyOf = (usagePoint: string, topic: string, start: number): string => `${usagePoint} ${topic} ${start}`;
