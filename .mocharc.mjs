import { availableParallelism } from 'node:os';

export default {
  import: 'tsx',
  timeout: 60_000,
  forbidOnly: true,
  forbidPending: true,
  // Of `--parallel`. Mocha itself would leave a core idle.
  jobs: availableParallelism(),
};
