// Checks the links of README.md, ARCHITECTURE.md, CHANGELOG.md and the book in
// docs: each relative link leads to a file, each anchor to a heading. Asks no
// network. Pages of the book link only to each other, because the built book
// contains nothing else. Paths of this repository in code spans exist too.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BOOK = join(ROOT, 'docs/src');
const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].map((name) => join(ROOT, name)),
  ...readdirSync(BOOK, { recursive: true })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(BOOK, path)),
];
const problems = [];

const withoutFences = (text) => text.replace(/^( *)```[^]*?^\1```$/gm, '');
const withoutSpans = (text) => text.replace(/`[^`]*`/g, '');

// The anchors that GitHub and mdBook give to the headings of a page.
const known = new Map();
function anchors(page) {
  if (!known.has(page)) {
    const found = new Set();
    for (const [, heading] of withoutFences(readFileSync(page, 'utf8')).matchAll(/^#+ (.+)$/gm)) {
      const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim().toLowerCase();
      const base = text.replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
      let anchor = base;
      for (let count = 1; found.has(anchor); count += 1) anchor = `${base}-${count}`;
      found.add(anchor);
    }
    known.set(page, found);
  }
  return known.get(page);
}

function checkLink(page, link) {
  if (/^[a-z][a-z+.-]*:/.test(link)) return;
  const [path, anchor] = link.split('#');
  const target = path ? resolve(dirname(page), decodeURIComponent(path)) : page;
  const report = (problem) => problems.push(`${relative(ROOT, page)}: ${link} ${problem}`);
  if (!existsSync(target)) {
    report('does not exist');
  } else if (page.startsWith(BOOK) && !target.startsWith(BOOK)) {
    report('is outside of the book: name the file without a link');
  } else if (anchor && (!target.endsWith('.md') || !anchors(target).has(decodeURIComponent(anchor)))) {
    report('has no such heading');
  }
}

let links = 0;
for (const page of pages) {
  const text = withoutFences(readFileSync(page, 'utf8'));
  for (const [, , link] of text.matchAll(/\[((?:`[^`]*`|[^\]`])*)\]\(([^)\s]+)\)/g)) {
    checkLink(page, link);
    links += 1;
  }
  if (/\]\[|^\[[^\]]+\]: /m.test(withoutSpans(text))) {
    problems.push(`${relative(ROOT, page)}: write links inline, [text](address)`);
  }
  for (const [, path] of text.matchAll(/`((?:crates|docs|end2end|\.ci)\/[\w./-]+)`/g)) {
    // CHANGELOG names files of former releases; `make setup` creates node_modules.
    if (page.endsWith('CHANGELOG.md') || path.includes('node_modules')) continue;
    if (!existsSync(join(ROOT, normalize(path)))) {
      problems.push(`${relative(ROOT, page)}: the path ${path} does not exist`);
    }
  }
}

if (links < 50 || !statSync(BOOK).isDirectory()) problems.push(`found only ${links} links`);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`links: ${links} in ${pages.length} pages, all lead somewhere`);
