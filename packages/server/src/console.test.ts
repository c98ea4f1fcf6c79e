// The console in a real browser, against a whole Tulle whose mesh has one more product, made of hostile texts. Each page's cases stand in
// a file of their own in `testing-console`; here they share one server and one browser, in this order.

import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { findChromium } from '@tulle/server/testing'
import { givingAccess } from './testing-console/access.ts'
import { erasing } from './testing-console/erasure.ts'
import { finding } from './testing-console/catalogue.ts'
import { governance } from './testing-console/governance.ts'
import { lineage } from './testing-console/lineage.ts'
import { sharedWork } from './testing-console/dashboards.ts'
import { everyPort } from './testing-console/every-port.ts'
import { everyPage } from './testing-console/looks.ts'
import { theMap } from './testing-console/mesh-map.ts'
import { products } from './testing-console/product.ts'
import { runs } from './testing-console/runs.ts'
import { signingIn } from './testing-console/sign-in.ts'
import { theWorkbench } from './testing-console/workbench.ts'
import { followingChanges } from './testing-console/streams.ts'
import { specEditor } from './testing-console/spec-editor.ts'
import { consoleRig } from './testing-console/rig.ts'

const executablePath = findChromium('the console in a real browser')

describe.skipIf(executablePath === undefined)('the console', { timeout: 120_000 }, () => {
  const rig = consoleRig()
  beforeAll(() => rig.start(executablePath ?? ''), 300_000)
  afterEach(({ task }) => rig.endCase(task))
  afterAll(() => rig.stop())

  signingIn(rig)
  finding(rig)
  theMap(rig)
  products(rig)
  theWorkbench(rig)
  sharedWork(rig)
  specEditor(rig)
  governance(rig)
  runs(rig)
  followingChanges(rig)
  givingAccess(rig)
  lineage(rig)
  everyPage(rig)
  everyPort(rig)
  erasing(rig)
})
