#!/usr/bin/env node
// `tulle`. Node keeps what it makes of these sources beside the packages, which halves the next command.

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/tulle'))
await import('./command-line.ts')
