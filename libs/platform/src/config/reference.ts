import { type Field, fields, type ReadBy } from './fields';

const head = `# Configuration

Daymark is configured by its environment alone. All of it is checked at the start: every problem is reported at once and
the process ends with code 78. An empty variable counts as absent; an unknown one that begins with \`DAYMARK_\` is refused.
Standalone is all services in one process and needs nothing. The four services as processes of their own (\`source-polling\`,
\`sync-execution\`, \`scheduling\`, \`admin-gateway\`) do not start without what they need; a variable that one does not read
does no harm there, so all may be given the same ones but for secrets. This page is generated from the code (\`node tools/configuration-page.mjs\`).
`;

/** The reference page of every variable, as Markdown. */
export function configurationReference(): string {
  return [head, ...Object.values<Field<unknown>>(fields).map(section)].join('\n');
}

function section(field: Field<unknown>): string {
  const { variable, accepts, description, secret, readBy, neededBy, fallback } = field;
  const lines = [`- Value: ${accepts}`, `- Default: ${fallback}`, `- Read by: ${readers(readBy)}`];
  if (neededBy !== undefined) lines.push(`- Needed by: ${neededBy}`);
  if (secret) lines.push('- Secret: never printed, logged or returned');
  return `## \`${variable}\`\n\n${description}\n\n${lines.join('\n')}\n`;
}

function readers(readBy: ReadBy): string {
  return typeof readBy === 'string' ? readBy : `${readBy.join(', ')}; standalone`;
}
