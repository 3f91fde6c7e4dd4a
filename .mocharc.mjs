import { availableParallelism } from 'node:os';

export default {
  import: 'tsx',
  // A test that starts Node-RED and a browser takes half of it on a slow machine that runs two of them.
  timeout: 120_000,
  forbidOnly: true,
  forbidPending: true,
  // Of `--parallel`. Mocha itself would leave a core idle.
  jobs: availableParallelism(),
};
