module.exports = { ...require('../../jest.preset.cjs'), displayName: 'source-polling' };
