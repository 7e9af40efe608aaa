/** Merges lists, sorted by a unique field. When two items have the same value, the later one stays. */
export function merge<T, Key extends keyof T>(
  key: T[Key] extends number ? Key : never,
  ...lists: readonly (readonly T[])[]
): T[] {
  const items = new Map<unknown, T>()
  for (const list of lists) for (const item of list) items.set(item[key], item)
  return [...items.values()].toSorted((a, b) => Number(a[key]) - Number(b[key]))
}
