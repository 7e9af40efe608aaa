import { signal } from '@preact/signals'

/**
 * Letters that look like Latin ones, each before its Latin letter: Cyrillic, Greek and Armenian letters, and
 * digits.
 */
const pairs =
  'аaвbеeгrһhіiјjкkмmнhоoпnрpсcѕsтtуyхxԁdԛqԝwьbӏlαaβbγyεeηnιiκkνvοoρpτtυuχxωwօoսuոnհh0o1lilıl'

const latin = new Map(Array.from(pairs.matchAll(/(.)(.)/gu), ([, from, to]) => [from!, to!]))

/** The same few names stand beside most messages. */
const known = new Map<string, string>()
const knownMax = 1_000

function knownSkeletonOf(name: string): string {
  const before = known.get(name)
  if (before !== undefined) return before
  const skeleton = skeletonOf(name)
  if (known.size >= knownMax) known.clear()
  known.set(name, skeleton)
  return skeleton
}

/** Returns what a reader sees of a name. Names that look alike have the same result. */
export function skeletonOf(name: string): string {
  const bare = name.normalize('NFKD').replace(/[\p{M}\p{DI}\p{P}\p{S}\p{Z}]/gu, '')
  // The result of a replacement may be in the table again: і becomes i, and i becomes l.
  const asLatin = (letter: string) => latin.get(letter) ?? letter
  return Array.from(bare.toLowerCase(), (letter) => asLatin(asLatin(letter)))
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}

/** The users who were seen with each skeleton so far. */
const seen = new Map<string, Set<number>>()
/** The skeletons of more than one person. */
const shared = signal<ReadonlySet<string>>(new Set())

function see(id: number, name: string): string {
  const skeleton = knownSkeletonOf(name)
  const ids = seen.get(skeleton) ?? new Set()
  seen.set(skeleton, ids.add(id))
  if (ids.size > 1 && !shared.peek().has(skeleton)) {
    // Names that were rendered before must show it, too. A render itself must not change state.
    queueMicrotask(() => void (shared.value = new Set(shared.peek()).add(skeleton)))
  }
  return skeleton
}

/**
 * Whether a user's name looks like the name of another user who was seen on this page. Then the username, which
 * is unique, is shown beside the name.
 */
export function looksLikeAnother(
  id: number,
  username: string,
  displayName: string | null,
): boolean {
  see(id, username)
  return displayName !== null && shared.value.has(see(id, displayName))
}
