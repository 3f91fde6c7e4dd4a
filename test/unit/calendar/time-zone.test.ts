import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

// The zone of a process cannot be changed from within for sure: each zone gets a process of its own.
describe("the host's time zone", () => {
  for (const TZ of ['Europe/Paris', 'UTC', 'America/Los_Angeles', 'Pacific/Kiritimati']) {
    it(`${TZ} changes nothing`, function () {
      this.timeout(120_000);
      const suites = [
        'unit/metering/*',
        'unit/calendar/paris',
        'unit/providers/parser',
        'unit/collector/*',
        'unit/publisher/*',
        'integration/day',
      ];
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [
          require.resolve('mocha/bin/mocha.js'),
          '--reporter=dot',
          ...suites.map((suite) => `test/${suite}.test.ts`),
        ],
        // Random lives of a meter run at length by themselves: here a few are enough to meet the zone.
        { env: { ...process.env, TZ, RUNS: '4' }, encoding: 'utf8' },
      );
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /\d{2,} passing/);
    });
  }
});
