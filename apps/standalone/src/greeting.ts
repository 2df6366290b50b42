import type { Administrator } from '@daymark/composition';

export interface Greeting {
  readonly url: string;
  readonly administrator: Administrator;
  /** What a terminal may show and a log may not. */
  readonly password: string | null;
  /** The file with the URL of a role that reads the copy; null with a given database. */
  readonly targetFile: string | null;
  readonly demo: string | null;
}

/** The lines a person needs once everything runs. */
export function greetingLines(greeting: Greeting): string[] {
  return [
    '',
    `  Daymark is ready      ${greeting.url}`,
    `  Account               administrator, ${passwordWords(greeting)}`,
    `  Read the copy         ${copyWords(greeting.targetFile)}`,
    ...(greeting.demo === null
      ? []
      : [`  Demo source           "${greeting.demo}" (data-watcher), growing live`]),
    `  Try                   curl ${greeting.url}/health/ready    (more in README.md)`,
    `  Stop                  Ctrl-C`,
    '',
  ];
}

function passwordWords({ administrator, password }: Greeting): string {
  if (password !== null) return `password ${password}`;
  if (administrator.file !== null) return `password in ${administrator.file}`;
  return administrator.created ? 'password as configured' : 'password as it was set';
}

function copyWords(targetFile: string | null): string {
  return targetFile === null
    ? 'SELECT … FROM copy."<source>" in the database of DATABASE_URL'
    : `psql "$(cat ${targetFile})" -c 'SELECT … FROM copy."<source>"'`;
}
