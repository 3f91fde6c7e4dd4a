/**
 * The store's tables, as SQLite has them. Days are `yyyy-mm-dd` of Paris, `…_at` is epoch ms, times of readings are
 * epoch seconds.
 */
export const SCHEMA = `
  CREATE TABLE series (               -- what Enedis delivers of one usage point
    id INTEGER PRIMARY KEY,
    usage_point TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0, -- of the newest change
    collected_since TEXT,             -- the oldest day that the collector requested by itself
    floor TEXT,                       -- Enedis has nothing of this day nor before
    floor_reason TEXT,                -- no-meter, not-available
    floor_probed_at INTEGER,
    floor_provider TEXT,              -- the provider that said so: Provider.identity
    UNIQUE (usage_point, name)
  );
  CREATE TABLE day (
    series INTEGER NOT NULL REFERENCES series,
    day TEXT NOT NULL,
    state TEXT NOT NULL,              -- complete, partial, missing
    readings TEXT,                    -- compact JSON, see compact.ts; of registers: a RegisterDay; null: nothing came
    revision INTEGER NOT NULL,        -- of the series when these readings came
    revision_before INTEGER NOT NULL, -- of the day, before it changed last
    changed TEXT,                     -- what of the readings came with the last change, compact; null: all of them
    imported TEXT,                    -- the time whose readings are an export file's: JSON, [start, end] each; null: none
    requested_at INTEGER NOT NULL,    -- 0: never, all there is came from export files
    attempts INTEGER NOT NULL,        -- requests since it is 14 days old that did not complete it
    -- A backfill comes newest first: in this order it fills the pages, in the other it leaves half of them empty.
    PRIMARY KEY (series, day DESC)
  ) WITHOUT ROWID;
  CREATE TABLE change (               -- between which days those of a revision lie: an index of each would be larger
    series INTEGER NOT NULL REFERENCES series,
    revision INTEGER NOT NULL,
    oldest TEXT NOT NULL,
    newest TEXT NOT NULL,
    PRIMARY KEY (series, revision)
  ) WITHOUT ROWID;
  CREATE TABLE cursor (               -- how far each output of each source node has published
    consumer TEXT NOT NULL,
    metric TEXT NOT NULL,
    series INTEGER NOT NULL REFERENCES series,
    revision INTEGER NOT NULL,
    PRIMARY KEY (consumer, metric, series)
  ) WITHOUT ROWID;
  CREATE TABLE published_cost (       -- what each cost node has published
    consumer TEXT NOT NULL,
    usage_point TEXT NOT NULL,
    day TEXT NOT NULL,                -- or the name of what is no day
    digest TEXT NOT NULL,             -- of the day's cost
    PRIMARY KEY (consumer, usage_point, day)
  ) WITHOUT ROWID;
  CREATE TABLE statistic (            -- the statistics of Home Assistant that each history node has answered with
    consumer TEXT NOT NULL,
    usage_point TEXT NOT NULL,
    statistic TEXT NOT NULL,          -- Home Assistant's id
    answered_at INTEGER NOT NULL,     -- the last time, epoch ms
    days TEXT NOT NULL,               -- what they were then: JSON, [day, digest, changed_at] each; see statistics.ts
    PRIMARY KEY (consumer, usage_point, statistic)
  );
  CREATE TABLE request (              -- what was sent, for the request budgets
    budget TEXT NOT NULL,             -- whose: an address, an account or an application
    at INTEGER NOT NULL,              -- epoch ms
    backfill INTEGER NOT NULL         -- 1: for the history
  );
  CREATE INDEX request_by_budget ON request (budget, at);
  CREATE TABLE suspension (           -- until when a server asked for no more requests
    budget TEXT PRIMARY KEY,
    until INTEGER NOT NULL,           -- epoch ms
    error_key TEXT NOT NULL,          -- of the error: LinkyError.key
    code TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE tempo_colour (         -- of each source, as it answered last
    source TEXT NOT NULL,             -- ColourSource.origin
    day TEXT NOT NULL,
    colour TEXT,                      -- blue, white, red; null: it did not know
    confirmed_at INTEGER NOT NULL,    -- when it answered about this day last
    PRIMARY KEY (source, day)
  ) WITHOUT ROWID;
  CREATE TABLE price_file (           -- the regulated prices as a source published them last
    source TEXT NOT NULL,             -- PriceSource.origin
    plan TEXT NOT NULL,               -- base, hphc, tempo
    rows TEXT NOT NULL,               -- JSON, a list of RegulatedRow
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (source, plan)
  ) WITHOUT ROWID;
  CREATE TABLE tariff_request (       -- the last request to a source of colours or prices
    source TEXT PRIMARY KEY,          -- ColourSource.identity and the part, or PriceSource.origin and the plan
    at INTEGER NOT NULL,              -- epoch ms
    failures INTEGER NOT NULL,        -- in a row, with this one
    retry_at INTEGER NOT NULL         -- none before, epoch ms
  ) WITHOUT ROWID;
  CREATE VIEW reading AS              -- a row per reading, for people who look with SQL or Grafana
  SELECT
    series.usage_point,
    series.name AS series,
    day.day,
    json_extract(segment.value, '$[0]') + number.key * json_extract(segment.value, '$[1]') AS start,
    json_extract(segment.value, '$[1]') AS length,
    number.value,
    json_extract(segment.value, '$[3][' || number.key || ']') AS at
  FROM day
    JOIN series ON series.id = day.series
    JOIN json_each(CASE WHEN series.name LIKE '%-registers' THEN '[]' ELSE day.readings END) AS segment
    JOIN json_each(segment.value, '$[2]') AS number
  WHERE number.value IS NOT NULL
`;
