import { Controller, Get, Inject, Res, UseGuards } from '@nestjs/common';
import type { Metrics } from '@daymark/platform/metrics';
import type { Response } from 'express';
import { METRICS } from '../parts';
import { Open } from '../sessions/access';
import { MetricsAccessGuard } from './metrics-access.guard';

@Open()
@UseGuards(MetricsAccessGuard)
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(METRICS) private readonly metrics: Metrics) {}

  /** In Prometheus' text format, also while neighbours are away: what is not known is left out. */
  @Get()
  async text(@Res() response: Response): Promise<void> {
    const text = await this.metrics.text();
    // Express would put the type's parameters in an order of its own.
    response.setHeader('content-type', this.metrics.contentType);
    response.end(text);
  }
}
