// The user name of a start-up packet → whose account it is and what for. Names of accounts hold no `+`.

export interface SignInName { readonly account: string; readonly purpose?: string }

/** `ana+flight_safety` is ana, for flight_safety: for clients that cannot say a purpose otherwise. */
export function readSignInName(user: string): SignInName {
  const plus = user.indexOf('+')
  if (plus < 0) return { account: user }
  const purpose = user.slice(plus + 1)
  return { account: user.slice(0, plus), ...(purpose !== '' && { purpose }) }
}
