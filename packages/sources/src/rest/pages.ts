// Which page comes after one. Five ways in which APIs say it.

import type { IncomingHttpHeaders } from 'node:http'
import type { Json } from '@tulle/kernel'
import { textOf, valueAt } from './exact-json.ts'

export interface Page { readonly url: URL; readonly headers: IncomingHttpHeaders; readonly body: Json; readonly rows: number; readonly number: number }

type Pages = Readonly<Record<string, Json>>

/** The first page's URL. */
export function firstPage(url: URL, pages: Pages | undefined): URL {
  const first = new URL(url)
  if (pages?.['size_parameter'] !== undefined) first.searchParams.set(String(pages['size_parameter']), String(pages['size'] ?? 100))
  if (pages?.['type'] === 'page') first.searchParams.set(String(pages['parameter'] ?? 'page'), String(pages['first'] ?? 1))
  if (pages?.['type'] === 'offset') first.searchParams.set(String(pages['parameter'] ?? 'offset'), '0')
  return first
}

/** Undefined after the last one; null where the API names one that is no URL. */
export function nextPage({ url, headers, body, rows, number }: Page, pages: Pages | undefined, drawn: number): URL | undefined | null {
  const withParameter = (name: string, value: string): URL => {
    const next = new URL(url)
    next.searchParams.set(name, value)
    return next
  }
  switch (pages?.['type']) {
    case 'offset': return rows === 0 ? undefined : withParameter(String(pages['parameter'] ?? 'offset'), String(drawn))
    case 'page': return rows === 0 ? undefined : withParameter(String(pages['parameter'] ?? 'page'), String(Number(pages['first'] ?? 1) + number + 1))
    case 'cursor': {
      const cursor = textOf(valueAt(body, String(pages['path'])))
      return cursor === undefined || cursor === '' ? undefined : withParameter(String(pages['parameter'] ?? 'cursor'), cursor)
    }
    case 'next_url': {
      const next = textOf(valueAt(body, String(pages['path'])))
      return next === undefined || next === '' ? undefined : URL.parse(next, url.href)
    }
    case 'link': {
      const next = linkNext(String(headers['link'] ?? ''))
      return next === undefined ? undefined : URL.parse(next, url.href)
    }
    default: return undefined
  }
}

/** RFC 8288: `<url>; rel="next"`. */
function linkNext(header: string): string | undefined {
  for (const { groups } of header.matchAll(/<(?<url>[^<>]*)>(?<parameters>(?:\s*;\s*[^\s;,=]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/gu)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?:[\s;]|$))/iu.test(groups?.['parameters'] ?? '')) return groups?.['url']
  }
  return undefined
}
