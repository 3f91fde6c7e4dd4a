/** How databases differ in what they call things. */
export interface Dialect {
  /** The type of a key that the database gives by itself. */
  key: string;
  /** Of `day`, after the column. */
  newestFirst: string;
  /** After a table: rows lie in the order of its primary key. */
  ordered: string;
  /** The statements of what each makes in its own way, the view `reading` among it. */
  own: string;
}

/**
 * The statements that bring the tables of one version to the next, from none to the newest; a database of version n has
 * seen the first n. What was released is never changed: another one is added. Days are `yyyy-mm-dd` of Paris, `…_at`
 * is epoch ms, times of readings are epoch seconds.
 */
export const migrationsFor = ({ key, newestFirst, ordered, own }: Dialect): readonly string[] => [
  `CREATE TABLE series (                -- what Enedis delivers of one usage point
    id ${key} PRIMARY KEY,
    usage_point TEXT NOT NULL,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0, -- of the newest change
    collected_since TEXT,               -- the oldest day that the collector requested by itself
    floor TEXT,                         -- Enedis has nothing of this day nor before
    floor_reason TEXT,                  -- no-meter, not-available
    floor_probed_at BIGINT,
    floor_provider TEXT,                -- the provider that said so: Provider.identity
    UNIQUE (usage_point, name)
  );
  CREATE TABLE day (
    series BIGINT NOT NULL REFERENCES series,
    day TEXT NOT NULL,
    state TEXT NOT NULL,             -- complete, partial, missing
    readings TEXT,                   -- compact JSON, see compact.ts; of registers: a RegisterDay; null: nothing came
    revision BIGINT NOT NULL,        -- of the series when these readings came
    revision_before BIGINT NOT NULL, -- of the day, before it changed last
    changed TEXT,                    -- what of the readings came with the last change, compact; null: all of them
    imported TEXT,                   -- the time whose readings are an export file's: JSON, [start, end] each; null: none
    requested_at BIGINT NOT NULL,    -- 0: never, all there is came from export files
    attempts BIGINT NOT NULL,        -- requests since it is 14 days old that did not complete it
  -- A backfill comes newest first: in this order it fills the pages, in the other it leaves half of them empty.
    PRIMARY KEY (series, day${newestFirst})
  )${ordered};
  CREATE TABLE change ( -- between which days those of a revision lie: an index of each would be larger
    series BIGINT NOT NULL REFERENCES series,
    revision BIGINT NOT NULL,
    oldest TEXT NOT NULL,
    newest TEXT NOT NULL,
    PRIMARY KEY (series, revision)
  )${ordered};
  CREATE TABLE cursor ( -- how far each output of each source node has published
    consumer TEXT NOT NULL,
    metric TEXT NOT NULL,
    series BIGINT NOT NULL REFERENCES series,
    revision BIGINT NOT NULL,
    PRIMARY KEY (consumer, metric, series)
  )${ordered};
  CREATE TABLE published_cost ( -- what each cost node has published
    consumer TEXT NOT NULL,
    usage_point TEXT NOT NULL,
    day TEXT NOT NULL,          -- or the name of what is no day
    digest TEXT NOT NULL,       -- of the day's cost
    PRIMARY KEY (consumer, usage_point, day)
  )${ordered};
  CREATE TABLE statistic (       -- the statistics of Home Assistant that each history node has answered with
    consumer TEXT NOT NULL,
    usage_point TEXT NOT NULL,
    statistic TEXT NOT NULL,     -- Home Assistant's id
    answered_at BIGINT NOT NULL, -- the last time, epoch ms
    days TEXT NOT NULL,          -- what they were then: JSON, [day, digest, changed_at] each; see statistics.ts
    PRIMARY KEY (consumer, usage_point, statistic)
  );
  CREATE TABLE request (     -- what was sent, for the request budgets
    id ${key} PRIMARY KEY,   -- ascending
    budget TEXT NOT NULL,    -- whose: an address, an account or an application
    at BIGINT NOT NULL,      -- epoch ms
    backfill BIGINT NOT NULL -- 1: for the history
  );
  CREATE INDEX request_by_budget ON request (budget, id);
  CREATE TABLE suspension (  -- until when a server asked for no more requests
    budget TEXT PRIMARY KEY,
    until BIGINT NOT NULL,   -- epoch ms
    error_key TEXT NOT NULL, -- of the error: LinkyError.key
    code TEXT NOT NULL
  )${ordered};
  CREATE TABLE tempo_colour (     -- of each source, as it answered last
    source TEXT NOT NULL,         -- ColourSource.origin
    day TEXT NOT NULL,
    colour TEXT,                  -- blue, white, red; null: it did not know
    confirmed_at BIGINT NOT NULL, -- when it answered about this day last
    PRIMARY KEY (source, day)
  )${ordered};
  CREATE TABLE price_file ( -- the regulated prices as a source published them last
    source TEXT NOT NULL,   -- PriceSource.origin
    plan TEXT NOT NULL,     -- base, hphc, tempo
    rows TEXT NOT NULL,     -- JSON, a list of RegulatedRow
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (source, plan)
  )${ordered};
  CREATE TABLE tariff_request ( -- the last request to a source of colours or prices
    source TEXT PRIMARY KEY,    -- ColourSource.identity and the part, or PriceSource.origin and the plan
    at BIGINT NOT NULL,         -- epoch ms
    failures BIGINT NOT NULL,   -- in a row, with this one
    retry_at BIGINT NOT NULL    -- none before, epoch ms
  )${ordered};
  ${own}`,
];
