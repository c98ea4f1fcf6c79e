// The lock: settings that are made before the first statement, and the values that they must have afterwards.

import { quoteLiteral } from '@tulle/sql'
import type { EngineLimits } from '../types.ts'

export interface Lock {
  readonly statements: readonly string[]
  /** Setting → what the engine must report; undefined where it only has to be reported. */
  readonly expected: Readonly<Record<string, string>>
}

export function lockOf({ readPaths, writePaths, memoryMegabytes, threads }: EngineLimits, scratch: string): Lock {
  const directories = [...readPaths, ...writePaths]
  return {
    statements: [
      `SET memory_limit = '${Math.round(memoryMegabytes)}MiB'`,
      `SET threads = ${Math.max(1, Math.round(threads))}`,
      `SET temp_directory = ${quoteLiteral(scratch)}`,
      `SET max_temp_directory_size = '${Math.round(memoryMegabytes) * 8}MiB'`,
      `SET allowed_directories = [${directories.map((path) => quoteLiteral(path)).join(', ')}]`,
      "SET autoload_known_extensions = false",
      "SET autoinstall_known_extensions = false",
      "SET allow_community_extensions = false",
      "SET allow_persistent_secrets = false",
      "SET python_enable_replacements = false",
      "SET GLOBAL TimeZone = 'UTC'",
      'SET max_expression_depth = 500',
      'SET parquet_metadata_cache = true',
      'SET enable_external_access = false',
      'SET lock_configuration = true',
    ].filter((statement) => !statement.includes('python_')),
    expected: {
      threads: String(Math.max(1, Math.round(threads))),
      temp_directory: scratch,
      autoload_known_extensions: 'false',
      autoinstall_known_extensions: 'false',
      allow_community_extensions: 'false',
      allow_persistent_secrets: 'false',
      TimeZone: 'UTC',
      enable_external_access: 'false',
      lock_configuration: 'true',
    },
  }
}
