// Test material of others beside the repository. It is read where it is there; where it is not, tests skip loudly.

import { existsSync, globSync, readFileSync } from 'node:fs'

const ROOT = new URL('../../../../../shared/corpora/', import.meta.url)

/** The address of a part of the corpora, or undefined where it is absent. */
export function corpus(path: string): URL | undefined {
  const address = new URL(path, ROOT)
  return existsSync(address) ? address : undefined
}

/** Paths below the corpora that match, sorted; empty where they are absent. */
export const corpusFiles = (pattern: string): readonly string[] => globSync(pattern, { cwd: ROOT }).toSorted()

export const readCorpus = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')
