// Everything that is wrong with a contract: its form, by the standard that it declares, what its parts say of each other,
// and what its queries would do.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, resultOf } from '@tulle/kernel'
import { parseContracts, parseYaml } from '@tulle/model'
import type { YamlDocument } from '@tulle/model'
import { findFaults } from './find-faults.ts'
import type { ParseSql } from './judge-queries.ts'
import { judgeQueries } from './judge-queries.ts'

const MOST_COLUMNS = 10_000

/** Reads and judges a contract. Its own text is all that is read: no file, address or variable that it names is opened. */
export async function lintContract(text: string, file: string, parse: ParseSql): Promise<Result<void>> {
  const read = parseContracts(text, file)
  const document = parseYaml(text, file)
  if (!read.ok || !document.ok) return fail(...read.diagnostics)
  return resultOf(undefined, [...read.diagnostics, ...(await judgeDocument(document.value, parse))])
}

/** What a contract of a mesh has wrong beyond its form, which the mesh has judged by then; nothing where its text is no YAML. */
export async function judgeContract(text: string, file: string, parse: ParseSql): Promise<readonly Diagnostic[]> {
  const document = parseYaml(text, file)
  return document.ok ? judgeDocument(document.value, parse) : []
}

async function judgeDocument(document: YamlDocument, parse: ParseSql): Promise<readonly Diagnostic[]> {
  const faults = findFaults(document, MOST_COLUMNS)
  const queries = faults.some(({ code }) => code === 'contract-too-large') ? [] : await judgeQueries(document, MOST_COLUMNS, parse)
  return [...faults, ...queries]
}
