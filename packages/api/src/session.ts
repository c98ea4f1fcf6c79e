// Who is there, and who am I.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, nothing } from './nouns.ts'

/** The words of `@tulle/policy`, which a client must be able to name without it. */
export const role = z.enum(['administrator', 'steward', 'owner', 'developer', 'consumer'])

export const user = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  /** `service`: what a product or an application's process domain is at the ports. */
  kind: z.enum(['user', 'service']),
  role,
  teams: z.array(z.string()),
  /** The data domains that those teams own. */
  domains: z.array(z.string()),
  purposes: z.array(z.string()),
  /** What is known of the user besides, as policies ask for it. */
  attributes: z.record(z.string(), json),
}).meta({ id: 'User' })
export type User = z.infer<typeof user>

const status = z.object({
  ready: z.boolean(),
  /** The mesh's name. */
  name: z.string(),
  version: z.string(),
  url: z.string(),
  /** `caFile` is the certificate that SQL clients verify the port by, on the server's machine. */
  sql: z.object({ host: z.string(), port: z.number(), database: z.string(), caFile: z.string().optional() }),
  isolation: z.enum(['user', 'process']),
  /** Demo users of the mesh; nobody else is named to strangers. */
  users: z.array(z.object({ name: z.string(), role, title: z.string().optional() })),
  /** Who vouches for people besides local accounts, and where a browser goes to sign in there. */
  issuer: z.object({ title: z.string(), path: z.string() }).optional(),
}).meta({ id: 'Status' })
export type Status = z.infer<typeof status>

const signedIn = z.object({ token: z.string(), expiresAt: instant, user }).meta({ id: 'SignedIn' })
export type SignedIn = z.infer<typeof signedIn>

export const sessionEndpoints = {
  status: {
    method: 'GET', path: '/status', tag: 'session', auth: 'public',
    summary: 'Says whether the mesh is ready and where its ports are.',
    response: status,
  },
  signIn: {
    method: 'POST', path: '/session', tag: 'session', auth: 'public', status: 201,
    summary: 'Exchanges name and password for a bearer token.',
    body: z.object({
      name: z.string().min(1).max(200),
      password: z.string().min(1).max(1000),
      /** Shown beside the session, so that its owner knows which one to end. */
      label: z.string().max(100).optional(),
    }),
    response: signedIn,
    errors: ['wrong-password'],
  },
  finishSignIn: {
    method: 'POST', path: '/session/code', tag: 'session', auth: 'public', status: 201,
    summary: 'Exchanges the code that a program got from the issuer\'s sign-in, at its own loopback address, for a bearer token.',
    body: z.object({
      code: z.string().min(1).max(100),
      /** Its SHA-256, in base64url, was the challenge at the beginning. */
      verifier: z.string().min(43).max(128),
    }),
    response: signedIn,
    errors: ['sign-in-lost'],
  },
  beginDeviceSignIn: {
    method: 'POST', path: '/session/device', tag: 'session', auth: 'public', status: 201,
    summary: 'Begins a sign-in by the issuer that a person confirms in a browser elsewhere.',
    response: z.object({
      /** Asks for the session later; whoever shows it gets it. */
      handle: z.string(),
      userCode: z.string(),
      page: z.string(),
      pageWithCode: z.string().optional(),
      intervalSeconds: z.number(),
      expiresAt: instant,
    }),
    errors: ['no-issuer', 'device-not-offered', 'too-many-sign-ins'],
  },
  finishDeviceSignIn: {
    method: 'POST', path: '/session/device/answer', tag: 'session', auth: 'public',
    summary: 'Asks whether the person has confirmed the sign-in, and gives the bearer token where so.',
    body: z.object({ handle: z.string().min(1).max(4000) }),
    response: z.object({ state: z.enum(['pending', 'slower', 'signed-in']), session: signedIn.optional() }),
    errors: ['sign-in-lost', 'issuer-refused'],
  },
  signOut: {
    method: 'DELETE', path: '/session', tag: 'session', auth: 'signed-in', status: 204,
    summary: 'Ends the session of the token it is called with.',
    response: nothing,
  },
  me: {
    method: 'GET', path: '/me', tag: 'session', auth: 'signed-in',
    summary: 'Says who the caller is.',
    response: user,
  },
} as const satisfies Record<string, Endpoint>
