/** The rooms of the house, lowest first: each uses only what lies below it. */
const ROOMS = [
  'src/calendar',
  'src/metering',
  'src/providers',
  'src/store',
  'src/importer',
  'src/collector',
  'src/tariff',
  'src/query',
  'src/publisher',
  'nodes',
  'bin',
  'demo',
];
/** The face stands beside the others: messages reach it as they reach any flow. */
const WIDGET = 'src/widget';
const WIDGET_USES = ['src/calendar', 'src/metering', WIDGET];

const within = (rooms) => `^(${rooms.join('|')})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    ...ROOMS.slice(0, -1).map((room, i) => ({
      name: `${room.replace('src/', '')}-uses-only-what-lies-below`,
      severity: 'error',
      from: { path: within([room]) },
      to: { path: within([...ROOMS.slice(i + 1), ...(room === 'nodes' ? [] : [WIDGET])]) },
    })),
    {
      name: 'widget-knows-no-server',
      severity: 'error',
      from: { path: within([WIDGET]) },
      to: { path: '^(src|nodes|bin|demo)/', pathNot: within(WIDGET_USES) },
    },
    {
      name: 'product-uses-no-test',
      severity: 'error',
      from: { path: '^(src|nodes|bin|demo)/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|resources)/' },
  },
};
