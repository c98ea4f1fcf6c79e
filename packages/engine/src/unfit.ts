// Where rows of raw files go that do not fit their contract, and the promises that such a row breaks.

export const UNFIT = {
  schema: 'source (unfit)',
  /** Columns of the table beside those of the contract. */
  raw: '_tulle_raw', broken: '_tulle_broken', number: '_tulle_number',
  /** Of one reading of one port; one row more says that there are more. */
  most: 100_000,
  /** Of the text of one row. */
  characters: 65_536,
  missing: (column: string): string => `has-column(${column})`,
  type: (column: string): string => `of-type(${column})`,
  beyond: 'no-other-columns',
  unreadable: 'readable',
} as const
