// Finds data products by what people type: names, columns, tags, people, questions.

export { FACETS, FRESHNESS } from './types.ts'
export type { Facet, SearchAnswer, SearchDocument, SearchHit, SearchQuestion, Standing } from './types.ts'
export { buildIndex } from './build-index.ts'
export type { SearchIndex } from './build-index.ts'
export { searchProducts } from './search.ts'
export { freshnessOf } from './facets.ts'
