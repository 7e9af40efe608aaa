import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { listAssets, listPages } from '../web/site/pages.ts'

/** Writes the pages beside the API, and the parts of the one people chat in, into `outdir`, as the files that CloudFront serves. */
export async function renderSite(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true })
  for (const page of [...listPages(), ...listAssets()]) {
    const file = join(outdir, page.key)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, await page.render())
  }
}
