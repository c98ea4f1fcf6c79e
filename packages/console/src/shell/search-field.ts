/** The element that `/` leads to from anywhere. */
export const SEARCH_FIELD = 'search'
