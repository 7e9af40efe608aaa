import { fileURLToPath } from 'node:url'

/** Where package.json is, whatever directory this was started from. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
