import type { Request } from '../http/request.ts'
import type { Viewer } from './layout.ts'
import type { Selection } from './views/selection.ts'

/** How rows are chosen on the page that is asked for. What a form before has done is not said again. */
export function readSelection(c: Request, viewer: Viewer, select: Selection['select']): Selection {
  const query = new URL(c.req.url).searchParams
  for (const name of ['select', 'done']) query.delete(name)
  return { viewer, select, query: query.toString() }
}
