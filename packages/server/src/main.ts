// `npm start`. Node keeps what it makes of these sources beside the packages, which halves the next start; where it may not
// write there, it starts as before.

import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/tulle'))
await import('./serve.ts')
// Now, and not at its end: a server may be killed.
flushCompileCache()
