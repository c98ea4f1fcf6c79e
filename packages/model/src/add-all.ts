// Appends findings one by one: a hostile file has more of them than a call may have arguments.

export function addAll<T>(list: T[], more: Iterable<T>): void {
  for (const each of more) list.push(each)
}
