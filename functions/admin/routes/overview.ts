import { readDays, readOutcomes } from '../../../src/core/admin/days.ts'
import { readFigures } from '../../../src/core/admin/figures.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { overviewView } from '../views/overview.ts'

export function overviewPage(pages: Pages, { db }: AdminRuntime): void {
  pages.get('/admin', async () =>
    overviewView(await readFigures(db), await readDays(db), await readOutcomes(db)),
  )
}
