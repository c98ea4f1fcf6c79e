// What one endpoint is, and the types that follow from it: what its caller writes, what its handler receives and
// answers. Everything else in this room is printed from such descriptions.

import type { z } from 'zod'
import type { Result } from '@tulle/kernel'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Every path of the table lies below it. */
export const API_ROOT = '/api/v1'

/** Groups of the reference page, in its order. */
export const TAGS = ['session', 'catalogue', 'history', 'lineage', 'capabilities', 'plans', 'runs', 'service-levels', 'quality', 'grants', 'access', 'policies', 'accounts', 'events', 'webhooks', 'audit', 'workbench', 'usage', 'maintenance', 'erasure', 'backups'] as const
type Tag = (typeof TAGS)[number]

/**
 * One endpoint. `path` is below `API_ROOT`, its parameters written `:name`. Parameters, query and body are flattened into
 * one input, so a name occurs in only one of them. With `stream`, the answer is a sequence of `response` values.
 */
export interface Endpoint {
  readonly method: Method
  readonly path: `/${string}`
  readonly tag: Tag
  readonly summary: string
  readonly auth: 'public' | 'signed-in'
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodObject
  readonly response: z.ZodType
  /** HTTP status of success; 200 where it is left out. */
  readonly status?: 201 | 202 | 204
  /** Codes of the diagnostics that a caller should be ready for, besides those of every endpoint. */
  readonly errors?: readonly string[]
  readonly stream?: 'sse'
}

type Written<S> = S extends z.ZodType ? z.input<S> : unknown
type Parsed<S> = S extends z.ZodType ? z.output<S> : unknown
type Part<E, K extends string> = E extends { readonly [key in K]: infer S } ? S : undefined
type Flat<T> = { [K in keyof T]: T[K] }

/** What a caller of the client passes: parameters, query and body as one record, defaults left out. */
export type CallOf<E extends Endpoint> = Flat<Written<Part<E, 'params'>> & Written<Part<E, 'query'>> & Written<Part<E, 'body'>>>

/** What a handler receives: the same record, validated and with its defaults. */
export type InputOf<E extends Endpoint> = Flat<Parsed<Part<E, 'params'>> & Parsed<Part<E, 'query'>> & Parsed<Part<E, 'body'>>>

export type OutputOf<E extends Endpoint> = z.output<E['response']>

/** What a call comes to: one value, or a stream of them. */
export type AnswerOf<E extends Endpoint> = E extends { readonly stream: 'sse' } ? AsyncIterable<OutputOf<E>> : OutputOf<E>

/**
 * Serves one endpoint. `caller` is whoever signed in; undefined only where the endpoint is public. `signal` aborts when
 * the other side hangs up: a stream must end then.
 */
export type Handler<E extends Endpoint, Caller> = (
  input: InputOf<E>,
  caller: E['auth'] extends 'public' ? Caller | undefined : Caller,
  signal: AbortSignal,
) => Promise<Result<AnswerOf<E>>>
