// What every adapter of objects must do, as a suite that its own tests call.

export { describeObjects } from './testing/describe-objects.ts'
export type { ObjectsRig } from './testing/describe-objects.ts'
