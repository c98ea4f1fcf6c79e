// Whoever loads a mesh for an environment that it does not list would have every rule of the real one not apply, and hear
// nothing of it.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { MeshFacts } from '../read-organisation.ts'

export const checkEnvironment = (environment: string | undefined, { environments, document }: Pick<MeshFacts, 'environments' | 'document'>): readonly Diagnostic[] =>
  environment === undefined || environments.length === 0 || environments.includes(environment)
    ? []
    : [messages['unlisted-environment']({ name: environment, known: environments }, { place: document?.place(['spec', 'environments']) })]
