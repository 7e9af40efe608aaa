import type { RequestContext } from '../http/request.ts'
import type { PageViewer } from './layout.ts'
import type { Selection } from './views/selection.ts'

/** How rows are chosen on the page that is asked for. What a form before has done is not said again. */
export function readSelection(
  c: RequestContext,
  viewer: PageViewer,
  select: Selection['select'],
): Selection {
  const query = new URL(c.req.url).searchParams
  for (const name of ['select', 'done']) query.delete(name)
  return { viewer, select, query: query.toString() }
}
