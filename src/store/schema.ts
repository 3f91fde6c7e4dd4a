import type { DatabaseSync } from 'node:sqlite';

/**
 * The log's tables, as steps: a file of version n has had the first n applied, and opening it applies the rest.
 * A step that has been released is never changed; a new need is a new step.
 *
 * Times of readings are epoch seconds (every Linky value starts on a full second), days are `yyyy-mm-dd` of Paris.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE stream (             -- one series of one usage point
    id INTEGER PRIMARY KEY,
    usage_point TEXT NOT NULL,
    series TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0, -- of the newest change
    nothing_until TEXT,                  -- days up to this one do not exist at Enedis
    UNIQUE (usage_point, series)
  );
  CREATE TABLE reading (
    stream INTEGER NOT NULL REFERENCES stream,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,        -- seconds
    value INTEGER NOT NULL,         -- W, Wh, VA: as it came
    at INTEGER,                     -- max power: the instant of the peak
    revision INTEGER NOT NULL,      -- grows with every answer that changed something
    PRIMARY KEY (stream, start)
  ) WITHOUT ROWID;
  CREATE INDEX reading_by_revision ON reading (stream, revision);
  CREATE TABLE asked (              -- what became of each day that Enedis was asked for
    stream INTEGER NOT NULL REFERENCES stream,
    day TEXT NOT NULL,
    state TEXT NOT NULL,            -- complete, partial, missing
    at INTEGER NOT NULL,            -- when it was asked last, epoch ms
    PRIMARY KEY (stream, day)
  ) WITHOUT ROWID;
  CREATE TABLE place (              -- how far each output of each source node has told what the log holds
    consumer TEXT NOT NULL,
    metric TEXT NOT NULL,
    stream INTEGER NOT NULL REFERENCES stream,
    revision INTEGER NOT NULL,
    PRIMARY KEY (consumer, metric, stream)
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE stream ADD COLUMN begun TEXT; -- the oldest day the collection asked, by itself
  UPDATE stream SET begun = (SELECT MIN(day) FROM asked WHERE stream = id);
  `,
  `
  CREATE TABLE answer (             -- where the readings of a revision lie: an index of each would double the work
    stream INTEGER NOT NULL REFERENCES stream,
    revision INTEGER NOT NULL,
    first INTEGER NOT NULL,         -- start of the first reading that came with it
    last INTEGER NOT NULL,          -- and of the last
    PRIMARY KEY (stream, revision)
  ) WITHOUT ROWID;
  INSERT INTO answer SELECT stream, revision, MIN(start), MAX(start) FROM reading GROUP BY stream, revision;
  DROP INDEX reading_by_revision;
  `,
  `
  CREATE TABLE register_day (       -- what the meter's registers showed at the midnight that begins a day
    stream INTEGER NOT NULL REFERENCES stream,
    day TEXT NOT NULL,
    total INTEGER,                  -- Wh
    calendars TEXT NOT NULL,        -- JSON: the registers by the supplier's calendars, Wh
    revision INTEGER NOT NULL,
    PRIMARY KEY (stream, day)
  ) WITHOUT ROWID;
  CREATE TABLE request (            -- what was sent, for the request budgets
    budget TEXT NOT NULL,           -- whose: an address, an account or an application
    at INTEGER NOT NULL,            -- epoch ms
    backfill INTEGER NOT NULL       -- 1: for the history
  );
  CREATE INDEX request_by_budget ON request (budget, at);
  CREATE TABLE suspension (         -- until when a server asked for no more requests
    budget TEXT PRIMARY KEY,
    until INTEGER NOT NULL,         -- epoch ms
    key TEXT NOT NULL,              -- why
    code TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
];

/** Brings a log of any earlier version, or an empty file, to today's. */
export function migrate(db: DatabaseSync): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > STEPS.length) {
    throw new Error(`readings.db was written by a newer version of this package (schema ${version})`);
  }
  STEPS.slice(version).forEach((step, i) => {
    db.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${version + i + 1}; COMMIT`);
  });
}
