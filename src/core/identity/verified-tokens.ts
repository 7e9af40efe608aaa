import type { JwtKey } from '../ports.ts'

/** A token whose signature was found to be right. */
export interface VerifiedToken<Claims> {
  readonly claims: Claims
  /** The key that has signed it. */
  readonly key: JwtKey
  /** When it expires, in seconds since 1970. */
  readonly exp: number
}

/** The most tokens that are remembered. A further one replaces the oldest one. Each takes about 500 bytes. */
export const verifiedTokensMax = 5_000

/**
 * The tokens that this process has verified, by their text. A client sends the same token with each request, and
 * verifying it again takes as long as the rest of a short request. Whether the session goes on is not remembered: the
 * database says so for each request.
 */
export class VerifiedTokens<Claims> {
  readonly #tokens = new Map<string, VerifiedToken<Claims>>()

  /** Returns undefined for a token that has expired meanwhile, as for an unknown one. */
  find(token: string): VerifiedToken<Claims> | undefined {
    const found = this.#tokens.get(token)
    if (found === undefined || Date.now() < found.exp * 1_000) return found
    this.#tokens.delete(token)
    return undefined
  }

  add(token: string, verified: VerifiedToken<Claims>): void {
    if (this.#tokens.size >= verifiedTokensMax) {
      this.#tokens.delete(this.#tokens.keys().next().value!)
    }
    this.#tokens.set(token, verified)
  }
}
