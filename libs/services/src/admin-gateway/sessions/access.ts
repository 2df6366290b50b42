import { SetMetadata } from '@nestjs/common';
import type { Role } from '../accounts/port';

export const OPEN = 'daymark.open';
export const ROLES = 'daymark.roles';

/** Needs no session. Everything that is not marked so does. */
export const Open = () => SetMetadata(OPEN, true);

/** Who may call it; without this mark: administrators. */
export const Roles = (...roles: readonly Role[]) => SetMetadata(ROLES, roles);
