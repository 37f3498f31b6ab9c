// force timezone to UTC to allow tests to work regardless of local timezone
// generally used by snapshots, but can affect specific tests
process.env.TZ = 'UTC';

const scaffolded = require('./.config/jest.config');

module.exports = {
  // Jest configuration provided by Grafana scaffolding
  ...scaffolded,
  // Queries by role are slow in jsdom, above all beside Grafana's drawings, and CI has few cores.
  testTimeout: 20_000,
  transform: {
    ...scaffolded.transform,
    // d3-color has its modules in such files alone.
    '^.+\\.mjs$': scaffolded.transform['^.+\\.(t|j)sx?$'],
  },
};
