/** The headers of the site's answers. The local server sends them. On AWS, lib/ configures CloudFront to send them. */
export const siteHeaders = {
  /** For files that may change under the same name. Browsers must ask for them again. */
  cacheControl: 'no-cache',
  /** For files that are named by a hash of their content. */
  cacheForever: 'public, max-age=31536000, immutable',
  referrerPolicy: 'no-referrer',
  /**
   * The content security policy of the chat's page and the documentation. 'self' includes the sockets of the host. The
   * badge on the page's icon is a data: URL. No code here makes markup from text, so no policy of Trusted Types is
   * allowed.
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
  /** The policy of the pages below /api/docs/. Swagger UI makes markup from text, and has images in its styles. */
  apiDocsPolicy:
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const

/** Returns the policy for a path, also when the page does not exist. */
export function policyOf(path: string): string {
  return /^\/api\/docs(\/|$)/.test(path)
    ? siteHeaders.apiDocsPolicy
    : siteHeaders.contentSecurityPolicy
}
