// Which chain of the audit belongs here: those of one machine and folder are one place's.

import { hostname } from 'node:os'

export const auditPlace = (folder: string): string => `${hostname()}:${folder}`
