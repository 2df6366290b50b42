/** Questions, each answered by one service. The transport puts the namespace before them. */
export const SUBJECTS = {
  registerSource: 'cmd.source-polling.register-source',
  changeSource: 'cmd.source-polling.change-source',
  removeSource: 'cmd.source-polling.remove-source',
  testSource: 'cmd.source-polling.test-source',
  refreshStatus: 'cmd.source-polling.refresh-status',
  lastPolls: 'cmd.source-polling.last-polls',
  requestRun: 'cmd.sync-execution.request-run',
  cancelRun: 'cmd.sync-execution.cancel-run',
  liveRuns: 'cmd.sync-execution.live-runs',
} as const;

/** Nudges: losing one costs time, never truth. */
export const NUDGES = {
  /** A run ended: poll its source now. */
  runEnded: 'evt.sync-execution.run-ended',
} as const;
