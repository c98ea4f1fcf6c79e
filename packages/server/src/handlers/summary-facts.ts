// What snapshots' summaries say, as members of the API's nouns.

type Summary = Readonly<Record<string, string>>

/** Texts of a summary under the names that the API has for them; what it does not say is left out. */
export function pick<K extends string>(summary: Summary, keys: Readonly<Record<K, string>>): { [M in K]?: string } {
  return Object.fromEntries(Object.entries<string>(keys).flatMap(([member, key]) => (summary[key] === undefined ? [] : [[member, summary[key]]]))) as { [M in K]?: string }
}

/** Counts of a summary. Any engine may have written it, so what is no count is left out too. */
export function pickNumbers<K extends string>(summary: Summary, keys: Readonly<Record<K, string>>): { [M in K]?: number } {
  return Object.fromEntries(Object.entries(pick(summary, keys)).flatMap(([member, value]) => {
    const count = Number(value)
    return Number.isSafeInteger(count) ? [[member, count]] : []
  })) as { [M in K]?: number }
}
