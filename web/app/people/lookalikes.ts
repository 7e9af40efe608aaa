import { signal } from '@preact/signals'

/** Letters that look like Latin ones, each before the one that it looks like: Cyrillic, Greek, Armenian, digits. */
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

/** What of a name meets the eye: names that are taken for one another have the same. */
export function skeletonOf(name: string): string {
  const bare = name.normalize('NFKD').replace(/[\p{M}\p{DI}\p{P}\p{S}\p{Z}]/gu, '')
  // What comes of one may be in the table again, as і becomes i, and i becomes l.
  const asLatin = (letter: string) => latin.get(letter) ?? letter
  return Array.from(bare.toLowerCase(), (letter) => asLatin(asLatin(letter)))
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}

/** Who was seen under a name so far, by its skeleton. */
const seen = new Map<string, Set<number>>()
/** The skeletons of more than one person. */
const shared = signal<ReadonlySet<string>>(new Set())

function see(id: number, name: string): string {
  const skeleton = knownSkeletonOf(name)
  const ids = seen.get(skeleton) ?? new Set()
  seen.set(skeleton, ids.add(id))
  if (ids.size > 1 && !shared.peek().has(skeleton)) {
    // Those that were rendered before show it as well; a render itself changes nothing.
    queueMicrotask(() => void (shared.value = new Set(shared.peek()).add(skeleton)))
  }
  return skeleton
}

/**
 * Whether somebody's name could be taken for that of somebody else who was seen on this page. Then the username, of
 * which there is only one, stands beside it.
 */
export function looksLikeAnother(
  id: number,
  username: string,
  displayName: string | null,
): boolean {
  see(id, username)
  return displayName !== null && shared.value.has(see(id, displayName))
}
