// What there is, found by words.

import { z } from 'zod'
import { productSummary } from './catalogue.ts'
import type { Endpoint } from './endpoint.ts'
import { limit } from './nouns.ts'

/** One value, or several with commas between them: any of them fits. */
const choice = z.string().max(2000).optional()

const facet = z.array(z.object({ value: z.string(), count: z.number() }))

const searchHit = z.object({
  product: productSummary,
  /** Where the words were found, the best place first; `words` are the parts of `text` that fit. */
  matches: z.array(z.object({ field: z.enum(['name', 'tag', 'column', 'term', 'people', 'description']), text: z.string(), words: z.array(z.string()) })),
}).meta({ id: 'SearchHit' })
export type SearchHit = z.infer<typeof searchHit>

const found = z.object({
  hits: z.array(searchHit),
  /** Of those that the caller may know of. */
  total: z.number(),
  /** Of each facet how many there would be with that value, the other choices as they are; most first. */
  facets: z.object({ domain: facet, type: facet, classification: facet, port: facet, certified: facet, freshness: facet }),
  /** Words that nobody wrote, and what was taken in their place. */
  corrected: z.array(z.object({ word: z.string(), to: z.string() })),
}).meta({ id: 'Found' })
export type Found = z.infer<typeof found>

export const searchEndpoints = {
  search: {
    method: 'GET', path: '/search', tag: 'catalogue', auth: 'signed-in',
    summary: 'Finds products by names, descriptions, columns, tags, people and questions; forgives slips, ranks by use and quality.',
    query: z.object({
      /** As it is typed. Empty: everything, what is used and sound first. */
      q: z.string().max(200).default(''),
      domain: choice,
      type: choice,
      /** Of any column. */
      classification: choice,
      /** A kind of output port. */
      port: choice,
      /** `yes`, `no`. */
      certified: choice,
      /** Published within the `hour`, `day` or `week`, `older`, or `never`. */
      freshness: choice,
      /** Only what the caller may read. */
      readable: z.stringbool().optional(),
      limit: limit(20, 200),
      offset: z.coerce.number<number>().int().min(0).max(100_000).default(0),
    }),
    response: found,
  },
} as const satisfies Record<string, Endpoint>
