import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { tokens } from '../../web/tokens.ts'
import { emojiPlugin } from './emoji-table.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where `npm run dev:web` finds the API and the sockets. */
const server = process.env['DEV_SERVER'] ?? 'http://127.0.0.1:8000'

/** Gives the page the tokens as a sheet. */
const tokensPlugin = {
  name: 'tokens',
  resolveId: (wanted: string) => (wanted === 'virtual:tokens.css' ? '\0tokens.css' : undefined),
  load: (wanted: string) => (wanted === '\0tokens.css' ? tokens : undefined),
}

/** The page from web/app, as dist/web/index.html and files below dist/web/assets that are named by their content. */
export default defineConfig(({ command }) => ({
  root: `${root}web/app`,
  plugins: [emojiPlugin, tokensPlugin],
  // JSX is Preact's. Vite's own compiler does it: Preact's plugin would bring Babel along.
  // What is built is the same whatever NODE_ENV is, as in the tests.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: command === 'serve' } },
  build: {
    outDir: `${root}dist/web`,
    emptyOutDir: true,
    // The first that have what the page is written with: popover, light-dark(), nested rules.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // The page's policy has no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // It hands on the Host, which is that of the page's Origin. (Given as texts alone, it would change it.)
    proxy: { '/api': { target: server }, '/ws': { target: server, ws: true } },
  },
}))
