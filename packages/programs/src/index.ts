// Runs models that are programs, where they reach nothing, and calls those that run elsewhere.

export { callProgram } from './call-program.ts'
export type { ProgramCall } from './call-program.ts'
export { NO_PROGRAMS, openPrograms } from './run-program.ts'
export type { ProgramsOptions } from './run-program.ts'
export type { ProgramInput, ProgramPolicy, ProgramRun, Programs } from './types.ts'
