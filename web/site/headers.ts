/** What the answers of the site carry: the local server sends it, and lib/ has CloudFront send it. */
export const siteHeaders = {
  /** Of all that may be another under the same name: it is asked for again. */
  cacheControl: 'no-cache',
  /** Of what is named by its content. */
  cacheForever: 'public, max-age=31536000, immutable',
  referrerPolicy: 'no-referrer',
  /**
   * Of the page and the documentation. 'self' is the sockets of the host, too. A badge on the page's icon is a data:
   * URL. Nothing here makes markup of text, so no policy of Trusted Types is named: one that is made is refused.
   */
  contentSecurityPolicy: [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  /** Of the pages below /api/docs/: Swagger UI makes markup of text, and has pictures in its styles. */
  apiDocsPolicy:
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const

/** The policy of the answer to a path, whether or not there is such a page. */
export function policyOf(path: string): string {
  return /^\/api\/docs(\/|$)/.test(path)
    ? siteHeaders.apiDocsPolicy
    : siteHeaders.contentSecurityPolicy
}
