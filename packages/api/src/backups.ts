// Copies of everything that is acknowledged, made while everything runs.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, instant } from './nouns.ts'

const backup = z.object({
  id: z.string(),
  /** The moment that it holds. */
  takenAt: instant,
  tables: z.number(),
  /** Of the control database. */
  rows: z.number(),
  objects: z.number(),
  bytes: z.number(),
  /** What the place did not hold yet. */
  newObjects: z.number(),
  newBytes: z.number(),
  secrets: z.boolean(),
  /** Data sets with rows in the cold store, which no backup holds. */
  archives: z.number().optional(),
}).meta({ id: 'Backup' })
export type Backup = z.infer<typeof backup>

const backupProgress = z.object({
  phase: z.enum(['state', 'objects', 'files', 'database', 'done', 'failed']),
  done: z.number(),
  total: z.number(),
  bytes: z.number(),
  /** With `done`. */
  backup: backup.optional(),
  /** With `failed`: why. */
  diagnostics: z.array(diagnostic).optional(),
}).meta({ id: 'BackupProgress' })
export type BackupProgress = z.infer<typeof backupProgress>

export const backupEndpoints = {
  createBackup: {
    method: 'POST', path: '/backups', tag: 'backups', auth: 'signed-in', stream: 'sse',
    summary: 'Backs up state and tables as of now, and says how far it has come. Whoever hangs up stops it.',
    body: z.object({
      /** An absolute folder of the server's machine, or `s3://bucket/prefix`. */
      place: z.string().min(1).max(2000),
      /** Also the passwords of demo users and the keys of TLS. */
      withSecrets: z.boolean().default(false),
    }),
    response: backupProgress,
    errors: ['not-allowed', 'backup-place-invalid', 'backup-place-taken', 'backup-in-progress'],
  },
} as const satisfies Record<string, Endpoint>
