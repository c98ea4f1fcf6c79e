import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

/** Those that start a whole Tulle, again and again, take longest: begun last they would leave one core idle at the end. */
const LONG = ['campaigns/', 'packages/server/', 'packages/cli/src/live']

class LongFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]): ReturnType<BaseSequencer['sort']> {
    const isLong = ({ moduleId }: (typeof files)[number]): boolean => LONG.some((start) => relative(import.meta.dirname, moduleId).startsWith(start))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** Rooms whose tests start no server and change nothing of their process: their files share one, and load its modules once. */
const SHARED = 'packages/{access,alerts,api,audit,catalog,contracts,dbt,kernel,lake,maintenance,objects,planner,policy,profiles,providers,quality,rego,service-levels,sql,tables,trino}/src/**/*.test.ts'
const ALL = ['packages/*/src/**/*.test.ts', 'examples/*/*.test.ts', 'scripts/*.test.ts', 'campaigns/*.test.ts', '*.test.ts']

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
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
