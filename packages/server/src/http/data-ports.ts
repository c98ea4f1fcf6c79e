// REST data ports.

import type { FastifyInstance } from 'fastify'
import type { House } from '../house.ts'
import type { Authenticator } from './callers.ts'

export function mountDataPorts(_app: FastifyInstance, _house: House, _accounts: Authenticator): void {
}
