import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { SourcePollingController } from './controller';
import type { SourcePolling } from './source-polling';
import { PollTicker } from './ticker';
import { SOURCE_POLLING } from './token';

@Module({})
export class SourcePollingModule {
  static with(polling: SourcePolling): DynamicModule {
    return {
      module: SourcePollingModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [SourcePollingController],
      providers: [{ provide: SOURCE_POLLING, useValue: polling }, PollTicker],
    };
  }
}
