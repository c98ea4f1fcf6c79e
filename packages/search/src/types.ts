// The nouns of searching: what is known of a product, what is asked, what is found.

/** A data product as a search knows it. Texts are as their owners wrote them. */
export interface SearchDocument {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly domain: string
  readonly type?: string
  /** Whoever keeps it: team, owner, and what they are called besides. */
  readonly people: readonly string[]
  readonly tags: readonly string[]
  /** Business keys and other words of the mesh that it uses. */
  readonly terms: readonly string[]
  /** `name` is `<data set>.<column>`, or a data set. */
  readonly columns: readonly { readonly name: string; readonly description?: string }[]
  readonly classifications: readonly string[]
  /** Kinds of its output ports. */
  readonly ports: readonly string[]
}

/** What changes without a word changing. */
export interface Standing {
  readonly certified: boolean
  /** Statements that read it lately. */
  readonly uses: number
  /** Share of its checks that pass, from 0 to 1; undefined: nobody checked. */
  readonly quality?: number
  /** Milliseconds since 1970. */
  readonly publishedAt?: number
}

export const FACETS = ['domain', 'type', 'classification', 'port', 'certified', 'freshness'] as const
export type Facet = (typeof FACETS)[number]

/** How long ago it was published: within the hour, the day, the week, before that, never. */
export const FRESHNESS = ['hour', 'day', 'week', 'older', 'never'] as const

/** What is asked. Several values of one facet are alternatives; different facets all hold. */
export interface SearchQuestion {
  /** As typed; empty: everything, by its standing. */
  readonly words: string
  readonly facets: Partial<Readonly<Record<Facet, readonly string[]>>>
  readonly limit: number
  readonly offset: number
  /** Milliseconds since 1970: freshness counts from it. */
  readonly now: number
  /** Whether the viewer may know of the product at this place of the index. Nothing of what they may not know is counted. */
  readonly mayKnow: (product: number) => boolean
}

export type MatchedField = 'name' | 'tag' | 'column' | 'term' | 'people' | 'description'

export interface SearchHit {
  readonly id: string
  readonly name: string
  /** Where its words were found, the best first; `words` are the parts of `text` that fit. */
  readonly matches: readonly { readonly field: MatchedField; readonly text: string; readonly words: readonly string[] }[]
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[]
  readonly total: number
  /** Of each facet how many there would be with that value, the other facets holding; most first. */
  readonly facets: Readonly<Record<Facet, readonly { readonly value: string; readonly count: number }[]>>
  /** Words that nobody wrote, and those that were taken in their place. */
  readonly corrected: readonly { readonly word: string; readonly to: string }[]
}
