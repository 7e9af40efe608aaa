import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The contents of build.json, which `npm run build:web` writes beside the built page. */
export interface BuiltPage {
  /** A hash of the sources. */
  readonly source: string
  /** The built files. Those below assets/ are named by a hash of their content. */
  readonly files: readonly string[]
}

export async function readBuiltPage(directory: string): Promise<BuiltPage> {
  return parse(await readFile(join(directory, 'build.json'), 'utf8'))
}

/** Returns the files of the page. Throws when it was not built. */
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
