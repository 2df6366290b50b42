import { type Field, fields } from './fields';

const head = `# Configuration

Daymark is configured by its environment alone. All of it is checked at the start: every problem is reported at once and
the process ends with code 78. An empty variable counts as absent; an unknown one that begins with \`DAYMARK_\` is refused.
This page is generated from the code (\`node tools/configuration-page.mjs\`).
`;

/** The reference page of every variable, as Markdown. */
export function configurationReference(): string {
  return [head, ...Object.values<Field<unknown>>(fields).map(section)].join('\n');
}

function section({ variable, accepts, description, secret, fallback }: Field<unknown>): string {
  const lines = [`- Value: ${accepts}`, `- Default: ${fallback}`];
  if (secret) lines.push('- Secret: never printed, logged or returned');
  return `## \`${variable}\`\n\n${description}\n\n${lines.join('\n')}\n`;
}
