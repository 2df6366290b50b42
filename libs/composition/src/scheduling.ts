import { Module } from '@nestjs/common';
import type { Foundation } from './foundation';

/** The room of slots, occurrences and cleaner windows. It answers nothing yet. */
@Module({})
class SchedulingModule {}

/** Resolves once it is there to be asked. */
export async function openScheduling({ messaging }: Foundation): Promise<void> {
  await messaging.serve({ name: 'scheduling', module: SchedulingModule });
}
