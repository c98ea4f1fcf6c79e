// The rig for tests about plans: a mesh before, a mesh after, and what follows.

export { expectPlan, planBetween } from './testing/expect-plan.ts'
export type { Case } from './testing/expect-plan.ts'
export { afterApply, emptyWorld, worldOf } from './testing/world.ts'
