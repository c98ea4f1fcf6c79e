// What the file of a segment has besides the columns of the table: where a row stands in it, and on which side of the change.
// A row that changed is there twice, under one number.

/** Behind the ids of any table, before those that the format reserves. */
export const ORDINAL_ID = 2_147_480_001
export const SIDE_ID = 2_147_480_002

/** As no column of the table is called. `side` is true for what is there after the change. */
export function changeColumns(taken: readonly string[]): { readonly ordinal: string; readonly side: string } {
  const names = new Set(taken.map((name) => name.toLowerCase()))
  const free = (wanted: string): string => {
    let name = wanted
    while (names.has(name)) name += '@'
    return name
  }
  return { ordinal: free('@ordinal'), side: free('@side') }
}
