// What the pages link to is there, file and heading, and the index has every page.

import { readdirSync, readFileSync, existsSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** Every page that people read, by its path from the root. */
const pages = (): readonly string[] => ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md')).map((path) => join('docs', path))]

/** As the renderers of Markdown name headings. */
const anchorOf = (heading: string): string => heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1').toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(/\s/gu, '-')

const anchorsOf = (file: string): ReadonlySet<string> => new Set(prose(readFileSync(file, 'utf8')).split('\n').flatMap((line) => (/^#{1,6} /u.test(line) ? [anchorOf(line.replace(/^#+ /u, ''))] : [])))

/** Without code, in which brackets mean something else. */
const prose = (text: string): string => text.replaceAll(/^```[^]*?^```/gmu, '').replaceAll(/`[^`\n]*`/gu, (code) => code.replaceAll(/[[\]()]/gu, ''))

function brokenLinks(page: string, text: string): readonly string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/gu)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/u.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path)
    if (!existsSync(file)) return [`${page}: ${link} is not there`]
    return anchor === undefined || statSync(file).isDirectory() || anchorsOf(file).has(anchor) ? [] : [`${page}: ${link} has no such heading`]
  })
}

describe('the pages', () => {
  it('link to what is there', () => {
    expect(pages().flatMap((page) => brokenLinks(page, readFileSync(join(ROOT, page), 'utf8')))).toEqual([])
  })

  it('would be told of a link that leads nowhere', () => {
    expect(brokenLinks('docs/words.md', '[a](nowhere.md) [b](runs.md#nothing) [c](runs.md#who-waits) `[d](x)` [e](https://example.org)')).toEqual(['docs/words.md: nowhere.md is not there', 'docs/words.md: runs.md#nothing has no such heading'])
  })

  it('are all in the index', () => {
    const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8')
    const linked = new Set([...index.matchAll(/\]\(([^)#\s]+)/gu)].map(([, link = '']) => resolve(ROOT, 'docs', link)))
    expect(pages().filter((page) => /^docs\/[^/]+\.md$/u.test(page) && page !== 'docs/README.md' && !linked.has(join(ROOT, page))).map((page) => relative('docs', page))).toEqual([])
  })
})
