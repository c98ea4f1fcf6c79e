// The lock: settings that are made before the first statement, and the values that the engine must report afterwards.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { quoteLiteral } from '@tulle/sql'
import type { EngineLimits } from '../types.ts'

export interface Lock {
  readonly statements: readonly string[]
  /** Setting → the value that must be read back. The order of a list means nothing. */
  readonly expected: Readonly<Record<string, Json>>
}

/** The last field id below those that the format keeps for itself. */
const UNUSED_ID = 2_147_483_447

export function lockOf({ readPaths, writePaths, memoryMegabytes, threads }: EngineLimits, scratch: string): Lock {
  const directories = [...readPaths, ...writePaths]
  const plain: Readonly<Record<string, string | number | boolean>> = {
    threads: Math.max(1, Math.round(threads)),
    temp_directory: scratch,
    TimeZone: 'UTC',
    autoload_known_extensions: false,
    autoinstall_known_extensions: false,
    allow_community_extensions: false,
    allow_unsigned_extensions: false,
    allow_persistent_secrets: false,
    max_expression_depth: 500,
    // Takes two subqueries that differ only in a condition for one of them, and answers with its rows (DuckDB 1.5.6).
    disabled_optimizers: 'common_subplan',
    // Data files never change, so what was read of their footers stays true.
    parquet_metadata_cache: true,
  }
  // Can only be given when an instance is opened, and are off then.
  const givenAtOpen = new Set(['allow_unsigned_extensions'])
  return {
    statements: [
      `SET memory_limit = '${Math.round(memoryMegabytes)}MiB'`,
      ...Object.entries(plain).filter(([name]) => !givenAtOpen.has(name)).map(([name, value]) => `SET GLOBAL ${name} = ${typeof value === 'string' ? quoteLiteral(value) : String(value)}`),
      `COPY (SELECT NULL::INTEGER AS none WHERE false) TO ${quoteLiteral(emptyFileIn(scratch))} (FORMAT parquet, FIELD_IDS {none: ${UNUSED_ID}})`,
      // Sorts and joins beyond the memory go to the scratch folder, within bounds.
      `SET max_temp_directory_size = '${Math.round(memoryMegabytes) * 8}MiB'`,
      `SET allowed_directories = [${directories.map(quoteLiteral).join(', ')}]`,
      'SET enable_external_access = false',
      'SET lock_configuration = true',
    ],
    expected: {
      ...plain,
      memory_limit: memoryText(Math.round(memoryMegabytes)),
      // The engine adds its temporary folder, and ends each path with a slash.
      allowed_directories: [...new Set([scratch, ...directories].map((path) => `${path.replace(/\/+$/u, '')}/`))],
      enable_external_access: false,
      lock_configuration: true,
    },
  }
}

/** A Parquet file of the process's own, without rows and with no column that a table has. */
export const emptyFileIn = (scratch: string): string => `${scratch}/empty.parquet`

/** The first setting that is not as it must be. */
export function looseSetting({ expected }: Lock, actual: Readonly<Record<string, Json>>): { readonly setting: string; readonly wanted: string; readonly actual: string } | undefined {
  for (const [setting, value] of Object.entries(expected)) {
    const [wanted, found] = [settled(value), settled(actual[setting] ?? null)]
    if (wanted !== found) return { setting, wanted, actual: found }
  }
  return undefined
}

const settled = (value: Json): string => canonicalJson(Array.isArray(value) ? (value as readonly Json[]).map(String).toSorted() : value)

// "512.0 MiB", "1.5 GiB": one digit, cut off.
const memoryText = (mebibytes: number): string =>
  mebibytes < 1024 ? `${mebibytes}.0 MiB` : `${Math.floor(mebibytes / 1024)}.${Math.floor(((mebibytes % 1024) * 10) / 1024)} GiB`
