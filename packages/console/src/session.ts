// Watches every answer for the end of a session, whichever page asked, and then leads to sign-in and back.
// Strangers, who never had one, are the router's to send there.

import type { QueryClient } from '@tanstack/react-query'
import type { RegisteredRouter } from '@tanstack/react-router'
import { isSignedOut, queries } from './api.ts'

export function leaveWhenSignedOut(queryClient: QueryClient, router: RegisteredRouter): void {
  let leaving = false
  const look = (error: unknown): void => {
    const { pathname, href } = router.latestLocation
    const hadSession = queryClient.getQueryData(queries.me().queryKey) !== undefined
    if (leaving || !hadSession || pathname === '/sign-in' || !isSignedOut(error)) return
    leaving = true
    void router.navigate({ to: '/sign-in', search: { to: href, ended: true } }).finally(() => {
      queryClient.clear()
      leaving = false
    })
  }
  queryClient.getQueryCache().subscribe(({ query }) => look(query.state.error))
  queryClient.getMutationCache().subscribe(({ mutation }) => look(mutation?.state.error))
}
