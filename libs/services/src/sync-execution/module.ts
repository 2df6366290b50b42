import { type DynamicModule, Module } from '@nestjs/common';
import { SyncExecutionController } from './controller';
import type { SyncExecution } from './sync-execution';
import { SYNC_EXECUTION } from './token';

@Module({})
export class SyncExecutionModule {
  static with(execution: SyncExecution): DynamicModule {
    return {
      module: SyncExecutionModule,
      controllers: [SyncExecutionController],
      providers: [{ provide: SYNC_EXECUTION, useValue: execution }],
    };
  }
}
