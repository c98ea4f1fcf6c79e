// Everything that is wrong with a contract: its form, by the standard that it declares, what its parts say of each other,
// and what its queries would do.

import type { Result } from '@tulle/kernel'
import { fail, resultOf } from '@tulle/kernel'
import { parseContracts, parseYaml } from '@tulle/model'
import { findFaults } from './find-faults.ts'
import type { ParseSql } from './judge-queries.ts'
import { judgeQueries } from './judge-queries.ts'

const MOST_COLUMNS = 10_000

/** Reads and judges a contract. Its own text is all that is read: no file, address or variable that it names is opened. */
export async function lintContract(text: string, file: string, parse: ParseSql): Promise<Result<void>> {
  const read = parseContracts(text, file)
  const document = parseYaml(text, file)
  if (!read.ok || !document.ok) return fail(...read.diagnostics)
  const faults = findFaults(document.value, MOST_COLUMNS)
  const queries = faults.some(({ code }) => code === 'contract-too-large') ? [] : await judgeQueries(document.value, MOST_COLUMNS, parse)
  return resultOf(undefined, [...read.diagnostics, ...faults, ...queries])
}
