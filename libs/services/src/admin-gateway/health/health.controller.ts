import { Controller, Get, Inject } from '@nestjs/common';
import { HttpProblem } from '../http/http-problem';
import { READINESS, type ReadinessCheck } from '../parts';
import { Open } from '../sessions/access';

/** How long one check may take, in milliseconds. */
const checkMs = 2000;

@Open()
@Controller('health')
export class HealthController {
  constructor(@Inject(READINESS) private readonly checks: readonly ReadinessCheck[]) {}

  /** The process turns. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Commands would be accepted. */
  @Get('ready')
  async ready(): Promise<{ status: 'ready' }> {
    const answers = await Promise.all(
      this.checks.map(async (check) => [check.name, await passes(check)] as const),
    );
    const missing = answers.filter(([, ready]) => !ready).map(([name]) => name);
    if (missing.length === 0) return { status: 'ready' };
    const errors = missing.map((path) => ({ path, message: 'is not ready' }));
    throw new HttpProblem('NOT_READY', `Not ready: ${missing.join(', ')}.`, { errors });
  }
}

async function passes({ check }: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), checkMs);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
