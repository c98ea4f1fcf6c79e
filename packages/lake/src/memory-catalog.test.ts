import { describeCatalog } from './testing/describe-catalog.ts'
import { memoryCatalog } from './memory-catalog.ts'

describeCatalog('memory', async () => ({ catalog: memoryCatalog(), close: async () => undefined }))
