import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `npm run build:web` says of what it has built, in build.json beside it. */
export interface BuiltPage {
  /** A hash of what it was built of. */
  readonly source: string
  /** Its files; those below assets/ are named by their content. */
  readonly files: readonly string[]
}

export async function readBuiltPage(directory: string): Promise<BuiltPage> {
  return parse(await readFile(join(directory, 'build.json'), 'utf8'))
}

/** The files of the page. Throws when it was not built. */
export function listBuiltFiles(directory: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(join(directory, 'build.json'), 'utf8')
  } catch (cause) {
    throw new Error('the page is not built: run "npm run build:web"', { cause })
  }
  return parse(text).files
}

function parse(text: string): BuiltPage {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- scripts/web/build.ts has written it
  return JSON.parse(text) as BuiltPage
}
