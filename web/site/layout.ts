/** Renders a page of the site with its content. */
export function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Quick Connect</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<nav aria-label="Site"><a class="home" href="/"><img src="/logo.svg" alt="" width="26" height="26">Quick Connect</a> <a href="/docs/">Documentation</a> <a href="/api/docs/">API</a></nav>
<main>${body}</main>
</body>
</html>
`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
