import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

/**
 * Those that start a whole Tulle, again and again, take longest: begun last they would leave one core idle at the end. First the
 * dearest, of which some are small files that lead to many cases; vitest goes by the size of files that it has not run yet.
 */
const LONG = [
  'packages/server/src/console', 'packages/server/src/erasure', 'campaigns/non-interference', 'packages/server/src/machine-trouble',
  'packages/server/', 'campaigns/', 'packages/cli/src/live', 'packages/pipeline/', 'packages/gateway/src/slices',
]

class LongFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]): ReturnType<BaseSequencer['sort']> {
    const rank = ({ moduleId }: (typeof files)[number]): number => {
      const path = relative(import.meta.dirname, moduleId)
      const at = LONG.findIndex((start) => path.startsWith(start))
      return at === -1 ? LONG.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

/** Rooms whose tests start no server and change nothing of their process: their files share one, and load its modules once. */
const SHARED = 'packages/{access,alerts,api,audit,catalog,contracts,dbt,kernel,lake,maintenance,objects,planner,policy,profiles,providers,quality,rego,service-levels,sql,tables,trino}/src/**/*.test.ts'
const ALL = ['packages/*/src/**/*.test.ts', 'examples/*/*.test.ts', 'scripts/*.test.ts', 'campaigns/*.test.ts', '*.test.ts']

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // As long as the start of a whole Tulle may take on a busy machine.
    hookTimeout: 180_000,
    // One more than two cores can work on: a test that waits for a process or a disk leaves its core to another.
    maxWorkers: 3,
    setupFiles: ['./vitest.setup.ts'],
    sequence: { sequencer: LongFirst },
    projects: [
      { extends: true, test: { name: 'apart', include: ALL, exclude: [SHARED, '**/node_modules/**'] } },
      { extends: true, test: { name: 'together', include: [SHARED], exclude: ['**/node_modules/**'], isolate: false } },
    ],
  },
})
