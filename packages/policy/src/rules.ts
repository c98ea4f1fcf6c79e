// The rules by name, and how each explains itself. Names are permanent: audits and tests hold them.

import type { Action, Grant, Reason, Resource, Role, Subject } from './types.ts'

const reason = (rule: string, text: string): Reason => ({ rule, text })

/** Rules that allow. */
export const allows = {
  own: (subject: Subject, resource: Resource) => reason('own-team', `${subject.name} belongs to the team ${resource.product?.team} of ${nameOf(resource)}.`),
  grant: (grant: Grant, purpose: string) => reason('grant', `Grant ${grant.id} allows it for the purpose ${purpose}.`),
  describe: (resource: Resource) => reason('open-catalogue', `Everyone who is signed in may see what ${nameOf(resource)} is.`),
  role: (role: Role, action: Action) => reason('role', `The role ${role} may ${action}.`),
}

/** Rules that deny. */
export const denials = {
  noGrant: (subject: Subject, resource: Resource) => reason('no-grant', `No grant lets ${subject.name} read ${nameOf(resource)}.`),
  unknownProduct: () => reason('unknown-product', 'A read needs a product that the policy knows.'),
  purposeMissing: (open: readonly string[]) => reason('purpose-missing', `A purpose is needed. Open to you: ${open.join(', ')}.`),
  purposeNotGranted: (purpose: string, open: readonly string[]) => reason('purpose-not-granted', `The purpose ${purpose} is not granted. Open to you: ${open.join(', ')}.`),
  expired: (grant: Grant) => reason('grant-expired', `Grant ${grant.id} expired at ${instantOf(grant.expiresAt ?? 0)}.`),
  otherDataSet: (grant: Grant) => reason('grant-elsewhere', `Grant ${grant.id} is for the data set ${grant.dataSet}.`),
  nothingVisible: (resource: Resource) => reason('nothing-visible', `None of the granted columns is in ${nameOf(resource)}.`),
  role: (role: Role, action: Action) => reason('role', `The role ${role} may not ${action}.`),
  foreign: (subject: Subject, action: Action, resource: Resource) =>
    reason('foreign-product', `${subject.name} does not belong to the team ${resource.product?.team}, whose members may ${action} ${nameOf(resource)}.`),
}

/** `flights.flights`, `flights`, or `the mesh`. */
function nameOf({ product, dataSet }: Resource): string {
  if (product === undefined) return 'the mesh'
  return dataSet === undefined ? product.name : `${product.name}.${dataSet.name}`
}

const instantOf = (time: number): string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time))
