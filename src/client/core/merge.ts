/** Merges lists, sorted by a unique field. When two items have the same value, the later one stays. */
export function merge<T, Key extends keyof T>(
  key: T[Key] extends number ? Key : never,
  ...lists: readonly (readonly T[])[]
): T[] {
  const items = new Map(lists.flat().map((item) => [item[key], item]))
  return [...items].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item)
}
