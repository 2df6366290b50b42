/** What the pages say is held to: commands run, links lead somewhere, tables are complete. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DIGEST_TEST_VECTORS } from '@daymark/sources/postgres';

const root = resolve(__dirname, '..');
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'k8s/README.md',
  ...['docs', 'docs/decisions'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;

async function node(script: string, timeout: number): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(root, script)], { stdio: ['ignore', 'pipe', 'pipe'], timeout });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

/** A heading's anchor, as GitHub makes it. */
const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

describe('the tour', () => {
  (hasCurl ? it : it.skip)(
    `is true, command by command${hasCurl ? '' : ' (there is no curl on this machine)'}`,
    async () => {
      const { code, said } = await node('tools/tour.mjs', 200_000);
      if (code !== 0) throw new Error(said);
      expect(said).toContain('Every command is true.');
    },
    210_000,
  );
});

describe('the pages', () => {
  it.each(pages)('%s: every link leads somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const own = links.filter((link) => !/^https?:/.test(link));
    expect(own.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  it('give a reason for every dependency, and for no other', async () => {
    expect(await node('tools/check-dependencies.mjs', 10_000)).toEqual({ code: 0, said: '' });
  });

  it('hold every test vector of the digest', () => {
    const page = read('docs/digest.md');
    const missing = DIGEST_TEST_VECTORS.filter(
      (vector) => !page.includes(`, ${vector.hashtextextended}, ${vector.md5})`),
    );
    expect(missing).toEqual([]);
  });
});
