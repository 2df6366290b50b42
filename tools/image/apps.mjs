/** The apps of the image: whatever is started by name. One that has no `dist/main.js` yet is left out. */
export const imageApps = [
  'source-polling',
  'sync-execution',
  'scheduling',
  'admin-gateway',
  'standalone',
  'data-watcher',
];
