// Watches every answer for the end of the session, whichever page asked, and then leads to sign-in and back.

import type { QueryClient } from '@tanstack/react-query'
import type { RegisteredRouter } from '@tanstack/react-router'
import { isSignedOut } from './api.ts'

export function leaveWhenSignedOut(queryClient: QueryClient, router: RegisteredRouter): void {
  let leaving = false
  const look = (error: unknown): void => {
    const { pathname, href } = router.latestLocation
    if (leaving || pathname === '/sign-in' || !isSignedOut(error)) return
    leaving = true
    void router.navigate({ to: '/sign-in', search: { to: href, ended: true } }).finally(() => {
      queryClient.clear()
      leaving = false
    })
  }
  queryClient.getQueryCache().subscribe(({ query }) => look(query.state.error))
  queryClient.getMutationCache().subscribe(({ mutation }) => look(mutation?.state.error))
}
