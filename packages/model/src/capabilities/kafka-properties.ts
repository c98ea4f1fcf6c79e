// What ports to Kafka share: where the brokers are, and how to sign in there.

import { z } from 'zod'
import { secretReference } from './secret-reference.ts'

const BROKER = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?$/u

export const clusterProperties = {
  brokers: z.array(z.string().regex(BROKER, 'must be host:port')).min(1, 'needs at least one broker').max(20).describe('Brokers of the cluster, host:port each. They, and those that they name, must be among TULLE_SOURCE_HOSTS.'),
  tls: z.enum(['verify', 'off']).optional().describe('verify (without it): encrypted, and the certificate must be good for the host; off.'),
  sasl: z.strictObject({
    mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('How the password is proven.'),
    user: z.string().min(1).max(200).describe('Whom the brokers know this platform as.'),
    password: secretReference.describe('The secret that the operator keeps.'),
  }).optional().describe('How to sign in.'),
} as const

export const topicText = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/u, 'must be the name of a topic')
