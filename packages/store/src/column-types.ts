// How PostgreSQL's types cross into TypeScript.

import type { ColumnType as KyselyColumn, Generated } from 'kysely'
import type { Json as JsonValue } from '@tulle/kernel'

export type { Generated }

/** `timestamptz`: read as Date, written as Date or ISO 8601 text. */
export type ColumnType<T> = T extends Date ? KyselyColumn<Date, Date | string, Date | string> : KyselyColumn<T>

/** `jsonb`: read as a value, written as JSON text. */
export type Json = KyselyColumn<JsonValue, string, string>
