import { problemCodes } from '../http/problem-codes';

const sorted = [...problemCodes].sort((a, b) => (a.code < b.code ? -1 : 1));

/** `docs/errors.md`. */
export function errorReference(): string {
  const head = `# Errors

Every refusal is \`application/problem+json\` with a \`code\`, which is stable, a \`detail\` for the person who has to act, and
\`errors\` with the places in the request. No 4xx answer has an effect. Runs and polls that could not do their work name
what was in the way by the same codes. This page is generated from the code (\`node tools/api-pages.mjs\`).
`;
  return [head, ...sorted.map(section)].join('\n');
}

function section({ code, status, means, act }: (typeof sorted)[number]): string {
  return `## \`${code}\`\n\nStatus ${status}. ${means}\n\n${act}\n`;
}

/** The same as a page, at the address that a problem's \`type\` names. */
export function errorPage(): string {
  const rows = sorted.map(
    ({ code, status, means, act }) =>
      `<dt id="${code}"><a href="#${code}"><code>${code}</code></a> ${status}</dt><dd>${html(means)}<br>${html(act)}</dd>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daymark: errors</title><link rel="stylesheet" href="/api/docs/errors.css"></head>
<body><main><h1>Errors</h1><p>Codes are stable: scripts compare them. No 4xx answer has an effect.</p>
<dl>
${rows.join('\n')}
</dl></main></body></html>
`;
}

export const ERROR_STYLE = `body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
dt { margin-top: 1.25rem; } dd { margin: 0 0 0 1rem; } :target { background: #fff3c4; }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #16181b; } a { color: #8ab4f8; }
  :target { background: #4a3b00; } }
`;

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>');
}
