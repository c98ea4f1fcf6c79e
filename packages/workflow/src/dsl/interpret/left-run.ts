/** Thrown by a port to leave a run where it is: nothing in a workflow catches it. */
export class LeftRun extends Error {
  override message = 'The run leaves this process.'
}
