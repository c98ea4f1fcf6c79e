import { describeObjects } from './testing/describe-objects.ts'
import { memoryObjects } from './memory-objects.ts'

describeObjects('memory', async () => ({ objects: memoryObjects(), close: async () => undefined }))
