/** What every answer of the site carries: the local server sends it, and lib/ has CloudFront send it. */
export const siteHeaders = {
  cacheControl: 'no-cache',
  referrerPolicy: 'no-referrer',
  // Swagger UI's script asks for the document and what is tried out, and has pictures in its styles.
  contentSecurityPolicy:
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const
