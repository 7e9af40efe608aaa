import { mentionsMax } from './limits.ts'

/**
 * [N1] A mention is `@username` that is not part of something longer: a word or number (`joe@ana`,
 * `@anaïs`), a path (`/@ana`), an address (`joe@ana.example`, `@ana@chat.example`). Scripts that put no
 * space between words may be next to it, and so may whatever follows a name in other letters than
 * its own (`@ana에게`), unless that makes it an address.
 */
const mention =
  /(?<![[\p{L}\p{N}_@\/]--[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]]\p{M}*)(?<!\p{L}\p{M}*(?=@\w+\.[\p{L}\p{N}]))@([A-Za-z0-9_]{1,32})(?![\p{sc=Latin}\p{M}\p{N}_@])/gv

/** The usernames that a text mentions, in lower case, each once; the first of too many. */
export function findMentions(text: string): string[] {
  const names = new Set<string>()
  for (const [, name] of text.matchAll(mention)) {
    names.add(name!.toLowerCase())
    if (names.size === mentionsMax) break
  }
  return [...names]
}
