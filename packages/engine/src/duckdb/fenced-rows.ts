// The rows of a query that a mark in them keeps, as SQL that no statement above it can look behind.

/**
 * `names` of the rows of `marked` for which its column `kept` is true, and `kept`, which then is true throughout.
 *
 * Values stand behind the mark once more, because functions are computed on whole dictionaries, rows that were left out
 * included. The sample takes every row and is there for what it keeps out: no condition of a statement is moved below it. Beside
 * the mark such a condition would be tried first now and then, and its error, even one of constants alone, would tell that there
 * are rows that are not seen.
 *
 * INVARIANT: what is above reads no vector of a file. CASE alone hands on the one that it reads where all rows of it are kept,
 * dictionary and all, and `chr(k)` fails for a `k` of a row that is not there. TRY makes values of their own, and without
 * the least and greatest ones of the file, on which the engine computes some functions while it plans, masks among them.
 */
export function fencedRows(marked: string, names: readonly string[], kept: string): string {
  const values = names.map((name) => `TRY(CASE WHEN ${kept} THEN ${name} END) AS ${name}`)
  return `(SELECT ${[...values, `true AS ${kept}`].join(', ')} FROM (SELECT * FROM (${marked}) WHERE ${kept}) TABLESAMPLE SYSTEM(100%))`
}
