module.exports = { ...require('../../jest.preset.cjs'), displayName: 'sync-execution' };
