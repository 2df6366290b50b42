import 'reflect-metadata';
import { openAdminGateway, runService } from '@daymark/composition';

/** No password is made up here: with several replicas nobody would know whose. */
void runService(process, 'admin-gateway', (foundation) => openAdminGateway(foundation, null));
