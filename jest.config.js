// force timezone to UTC to allow tests to work regardless of local timezone
// generally used by snapshots, but can affect specific tests
process.env.TZ = 'UTC';

const scaffolded = require('./.config/jest.config');

module.exports = {
  // Jest configuration provided by Grafana scaffolding
  ...scaffolded,
  transform: {
    ...scaffolded.transform,
    // d3-color has its modules in such files alone.
    '^.+\\.mjs$': scaffolded.transform['^.+\\.(t|j)sx?$'],
  },
};
