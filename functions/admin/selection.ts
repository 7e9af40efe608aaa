import type { RequestContext } from '../http/request.ts'
import type { PageViewer } from './layout.ts'
import type { Selection } from './views/selection.ts'

/** Reads the selection on the requested page. The query that it keeps has no `done`, so that no action is reported twice. */
export function readSelection(
  c: RequestContext,
  viewer: PageViewer,
  select: Selection['select'],
): Selection {
  const query = new URL(c.req.url).searchParams
  for (const name of ['select', 'done']) query.delete(name)
  return { viewer, select, query: query.toString() }
}
