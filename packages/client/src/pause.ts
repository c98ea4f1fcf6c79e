// Between two tries.

const FIRST = 250
const LONGEST = 15_000

/** Waits the longer the more tries in a row failed, a part of it by chance, so that not all come back at once. Ends early with the signal. */
export const pauseAfter = (failures: number, signal: AbortSignal | undefined): Promise<void> => pause(Math.min(FIRST * 2 ** failures, LONGEST) * (0.5 + Math.random() / 2), signal)

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
