// What is said of incidents.

import type { Incident } from '@tulle/api'

export const CAUSE_WORDS: Readonly<Record<Incident['cause'], string>> = { gate: 'Checks failed', 'service-level': 'A promise is missed', port: 'A port does not answer' }

export const INCIDENT_COLOUR: Readonly<Record<Incident['state'], string>> = { open: 'red', acknowledged: 'orange', resolved: 'teal' }
