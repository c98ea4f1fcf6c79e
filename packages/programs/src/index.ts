// Runs models that are programs, where they reach nothing.

export { NO_PROGRAMS, openPrograms } from './run-program.ts'
export type { ProgramsOptions } from './run-program.ts'
export type { ProgramInput, ProgramPolicy, ProgramRun, Programs } from './types.ts'
