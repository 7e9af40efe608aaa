import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { designTokens } from '../../web/tokens.ts'
import { emojiPlugin } from './emoji-table.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The server that `npm run dev:web` passes API calls and sockets to. */
const server = process.env['DEV_SERVER'] ?? 'http://127.0.0.1:8000'

/** Provides the design tokens to the page as a style sheet. */
const tokensPlugin = {
  name: 'tokens',
  resolveId: (wanted: string) => (wanted === 'virtual:tokens.css' ? '\0tokens.css' : undefined),
  load: (wanted: string) => (wanted === '\0tokens.css' ? designTokens : undefined),
}

/**
 * Builds the page from web/app: dist/web/index.html, and files below dist/web/assets that are named by their content.
 */
export default defineConfig(({ command }) => ({
  root: `${root}web/app`,
  plugins: [emojiPlugin, tokensPlugin],
  // JSX means Preact. Vite's own compiler handles it; Preact's plugin would add Babel. The result does not depend on
  // NODE_ENV, so tests get the same page.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: command === 'serve' } },
  build: {
    outDir: `${root}dist/web`,
    emptyOutDir: true,
    // The first versions that support what the page uses: popover, light-dark(), nested rules.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // The page's content security policy allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // The object form keeps the Host header, which must match the page's Origin. Targets given as plain strings would
    // change it.
    proxy: { '/api': { target: server }, '/ws': { target: server, ws: true } },
  },
}))
