/** Asks the process in this container whether it lives: exit code 0, or 1 with the reason. There is no curl in the image. */
const PATIENCE_MS = 4_000;
const port = process.env.PORT || '3000';

try {
  const { status } = await fetch(`http://127.0.0.1:${port}/health/live`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (status !== 200) throw new Error(`/health/live answered ${status}`);
} catch (error) {
  process.stderr.write(`${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
