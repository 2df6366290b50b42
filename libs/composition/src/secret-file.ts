import { chmodSync, writeFileSync } from 'node:fs';

/** Only its owner may read it, also when it was there already. */
export function writeSecretFile(path: string, text: string): string {
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}
