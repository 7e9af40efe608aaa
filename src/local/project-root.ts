import { fileURLToPath } from 'node:url'

/** The directory of package.json, whatever directory the program was started from. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
