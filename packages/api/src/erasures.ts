// Persons who are erased: what would be touched, how far it is, the certificate, and who has said that its copies are gone.
// The value of a key travels in bodies alone, never in an address.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, instant, permission } from './nouns.ts'

/** A business key that identifies a person, and its value. */
const subject = z.object({ key: z.string().min(1).max(63), value: z.string().min(1).max(1000) })
const about = z.object({ key: z.string(), /** Keyed: only this mesh can make it. */ digest: z.string() })
const derived = z.object({ product: z.string(), dataSet: z.string(), /** `values`: versions from before go. `counts`: the person only counted in it. */ flow: z.enum(['values', 'counts']) })
const held = z.object({ product: z.string(), dataSet: z.string(), reason: z.string(), rows: z.number() })

const preview = z.object({
  subject: about,
  keys: z.array(z.object({ key: z.string(), values: z.number() })),
  tables: z.array(z.object({
    product: z.string(), dataSet: z.string(), /** Rows that were set aside, of that data set. */ isAside: z.boolean(), /** Of a data set that was archived, and may come back. */ isArchived: z.boolean(),
    rows: z.object({ current: z.number(), older: z.number() }), files: z.number(), /** Of the files: where the person lies under a key, which is destroyed. */ sealedFiles: z.number(), snapshots: z.array(z.string()),
  })),
  derived: z.array(derived),
  held: z.array(held),
  /** Rows of the control database that hold values of the person, by table. */
  database: z.record(z.string(), z.number()),
  diagnostics: z.array(diagnostic),
}).meta({ id: 'ErasurePreview' })
export type ErasurePreview = z.infer<typeof preview>

const erasure = z.object({
  id: z.string(),
  state: z.enum(['requested', 'running', 'stuck', 'done', 'declined']),
  subject: about,
  requestedBy: z.string(),
  requestedAt: instant,
  approvedBy: z.string().optional(),
  finishedAt: instant.optional(),
  steps: z.array(z.object({ step: z.string(), at: instant, told: z.string() })),
  /** Why it is stuck. */
  problem: z.string().optional(),
  report: z.object({
    tables: z.array(z.object({ product: z.string(), dataSet: z.string(), rows: z.number(), files: z.number(), rewritten: z.array(z.string()), dropped: z.array(z.string()) })),
    /** Rows that stay, with nothing of the person that anybody could decipher. */
    shredded: z.array(z.object({ product: z.string(), dataSet: z.string(), method: z.literal('key destroyed'), rows: z.number(), keys: z.number(), snapshots: z.array(z.string()) })),
    rebuilt: z.array(derived.extend({ run: z.string().optional() })),
    held: z.array(held),
    inputs: z.object({ removed: z.number(), recipes: z.number() }),
    profiles: z.number(),
    auditValues: z.number(),
    database: z.object({ changed: z.record(z.string(), z.number()), compacted: z.array(z.string()), log: z.enum(['replaced', 'left']) }),
    streams: z.number(),
    /** Places of backups, which of theirs went, and the one that was made in their stead. */
    backups: z.array(z.object({ place: z.string(), removed: z.array(z.string()), made: z.string().optional() })),
    left: z.array(z.string()),
  }).optional(),
  consumers: z.array(z.object({ kind: z.string(), name: z.string(), acknowledgedAt: instant.optional(), acknowledgedBy: z.string().optional() })),
  /** Whether the caller may approve it, as the second person. */
  can: z.object({ approve: permission }),
  /** A JWS in compact form; only of what is done. */
  certificate: z.string().optional(),
}).meta({ id: 'Erasure' })
export type Erasure = z.infer<typeof erasure>

const id = z.string().min(1).max(64)
const REFUSED = ['not-allowed', 'erasure-unknown'] as const

export const erasureEndpoints = {
  previewErasure: {
    method: 'POST', path: '/erasures/preview', tag: 'erasure', auth: 'signed-in',
    summary: 'What erasing a person would touch. Changes nothing.',
    body: subject, response: preview, errors: ['not-allowed', 'erasure-key-unknown', 'erasure-too-wide'],
  },
  requestErasure: {
    method: 'POST', path: '/erasures', tag: 'erasure', auth: 'signed-in',
    summary: 'Erases a person from every version of every product; where the mesh wants two persons, waits for the second.',
    body: subject, response: erasure, errors: ['not-allowed', 'erasure-key-unknown'],
  },
  listErasures: {
    method: 'GET', path: '/erasures', tag: 'erasure', auth: 'signed-in',
    summary: 'Erasures, the newest first: all for who may erase, others those that they have to acknowledge.',
    response: z.object({ erasures: z.array(erasure), can: z.object({ erase: permission }), keys: z.array(z.string()) }).meta({ id: 'Erasures' }), errors: [],
  },
  getErasure: { method: 'GET', path: '/erasures/:id', tag: 'erasure', auth: 'signed-in', summary: 'One erasure: how far it is, and its certificate.', params: z.object({ id }), response: erasure, errors: [...REFUSED] },
  approveErasure: { method: 'POST', path: '/erasures/:id/approve', tag: 'erasure', auth: 'signed-in', summary: 'Approves what somebody else asked for.', params: z.object({ id }), response: erasure, errors: [...REFUSED, 'erasure-not-requested', 'erasure-own-request'] },
  declineErasure: { method: 'POST', path: '/erasures/:id/decline', tag: 'erasure', auth: 'signed-in', summary: 'Declines what was asked for.', params: z.object({ id }), response: erasure, errors: [...REFUSED, 'erasure-not-requested'] },
  resumeErasure: { method: 'POST', path: '/erasures/:id/resume', tag: 'erasure', auth: 'signed-in', summary: 'Goes on with one that is stuck.', params: z.object({ id }), response: erasure, errors: [...REFUSED] },
  acknowledgeErasure: { method: 'POST', path: '/erasures/:id/acknowledge', tag: 'erasure', auth: 'signed-in', summary: 'Says that the caller\'s own copies are gone.', params: z.object({ id }), response: erasure, errors: ['erasure-unknown', 'erasure-not-done', 'erasure-not-concerned'] },
  matchErasure: {
    method: 'POST', path: '/erasures/:id/match', tag: 'erasure', auth: 'signed-in',
    summary: 'Which of a consumer\'s own values are of the person who was erased.',
    params: z.object({ id }), body: z.object({ key: z.string().min(1).max(63), values: z.array(z.string().max(1000)).max(10_000) }),
    response: z.object({ values: z.array(z.string()) }).meta({ id: 'ErasureMatches' }), errors: [...REFUSED],
  },
  verifyCertificate: {
    method: 'POST', path: '/erasures/verify', tag: 'erasure', auth: 'signed-in',
    summary: 'Whether a certificate was issued by this mesh and is as it was; what it says.',
    body: z.object({ certificate: z.string().min(1).max(5_000_000) }), response: z.object({ claims: z.record(z.string(), z.unknown()), key: z.record(z.string(), z.unknown()) }).meta({ id: 'VerifiedCertificate' }), errors: ['certificate-invalid'],
  },
} as const satisfies Record<string, Endpoint>
