/**
 * Plants the defect that PLANTED_DEFECT names, in this process:
 *
 *   PLANTED_DEFECT='resume is off by one' node --import ./test/faults/mutants/plant.ts <program>
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../../../src/local/project-root.ts'
import { mutants } from './mutants.ts'

const { PLANTED_DEFECT: name } = process.env
const mutant = mutants.find((each) => each.name === name)
if (!mutant) throw new Error(`there is no such defect to plant: ${name}`)
const changes = mutant.changes.map(({ file, ...change }) => ({
  url: pathToFileURL(join(projectRoot, file)).href,
  ...change,
}))

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const here = changes.filter((change) => change.url === url)
    if (here.length === 0) return loaded
    const source = here.reduce(
      (text, { find, put }) => text.replace(find, () => put),
      textOf(loaded.source),
    )
    return { ...loaded, source }
  },
})

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}
