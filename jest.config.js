// force timezone to UTC to allow tests to work regardless of local timezone
// generally used by snapshots, but can affect specific tests
process.env.TZ = 'UTC';

const scaffolded = require('./.config/jest.config');

module.exports = {
  // Jest configuration provided by Grafana scaffolding
  ...scaffolded,
  // Queries by role are slow in jsdom, and CI has few cores, of which other tests want their part. What hangs is found all the same.
  testTimeout: 120_000,
  moduleNameMapper: {
    ...scaffolded.moduleNameMapper,
    '/grot-[a-z-]+\\.svg\\.cjs$': '<rootDir>/src/testing/drawing.js',
  },
  transform: {
    ...scaffolded.transform,
    // d3-color has its modules in such files alone.
    '^.+\\.mjs$': scaffolded.transform['^.+\\.(t|j)sx?$'],
  },
};
