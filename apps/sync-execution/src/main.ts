import 'reflect-metadata';
import { openSyncExecution, runService } from '@daymark/composition';

void runService(process, 'sync-execution', openSyncExecution);
