import 'reflect-metadata';
import { openSourcePolling, runService } from '@daymark/composition';

void runService(process, 'source-polling', openSourcePolling);
