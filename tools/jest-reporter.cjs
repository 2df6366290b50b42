/**
 * Prints one line per test file, every failure in full, every skip with its name, and closes with the line that CI
 * reads: `N passed, N failed` (`, N skipped` when there are any). A file that cannot be run counts as one failure.
 */
class Reporter {
  onTestResult(_test, result) {
    const { numPassingTests, numFailingTests, testFilePath, perfStats } = result;
    const seconds = ((perfStats.end - perfStats.start) / 1000).toFixed(1);
    const mark = result.failureMessage ? 'FAIL' : 'ok  ';
    const path = testFilePath.replace(`${process.cwd()}/`, '');
    console.log(`${mark} ${path} (${numPassingTests} passed, ${numFailingTests} failed, ${seconds} s)`);
    for (const line of result.console ?? []) console.log(line.message);
    if (result.failureMessage) console.log(result.failureMessage);
    for (const test of result.testResults) {
      if (test.status === 'pending') console.log(`     skipped: ${test.fullName}`);
    }
  }

  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(`${results.numPassedTests} passed, ${failed} failed${tail}`);
  }
}

module.exports = Reporter;
