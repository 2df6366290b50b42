import 'reflect-metadata';
import { openScheduling, runService } from '@daymark/composition';

void runService(process, 'scheduling', openScheduling);
