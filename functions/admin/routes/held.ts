import * as z from 'zod'
import { queryId } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { discardHeld, listHeld, publishHeld } from '../../../src/core/admin/held-messages.ts'
import { listHeldWords, setHeldWords } from '../../../src/core/admin/held-words.ts'
import { ChatError, ValidationError } from '../../../src/core/errors.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { readSelection } from '../selection.ts'
import { heldQuery, savedQuery } from '../query.ts'
import { withExport } from '../views/export-part.ts'
import { heldPage, heldWordsPage } from '../views/held.ts'

export function heldPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/held', async (c, admin) => {
    const { done, select, ...paging } = readQuery(c, heldQuery)
    const request = readPageRequest(c, paging)
    const list = linkList(request, await listHeld(db, request))
    return withExport(heldPage(list, readSelection(c, admin, select), done), list, request)
  })

  pages.get('/admin/held/words', async (c, admin) => {
    const { done } = readQuery(c, savedQuery)
    const words = (await listHeldWords(db)).join('\n')
    return heldWordsPage(words, admin, { isSaved: done === 'saved' })
  })

  pages.post('/admin/held/words', async (_c, admin, form) => {
    const given = parse(z.strictObject({ words: z.string() }), form)
    if (!given.ok) throw new ValidationError(given.errors)
    const { words } = given.value
    try {
      await setHeldWords(db, admin, linesOf(words))
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      return heldWordsPage(words, admin, { errors: error.errors })
    }
    return '/admin/held/words/?done=saved'
  })

  pages.post('/admin/held/:id', async (c, admin, form) => {
    const id = queryId.safeParse(c.req.param('id'))
    if (!id.success) throw new ChatError('not_found', 'no such message')
    const given = parse(z.strictObject({ do: z.enum(['publish', 'discard']) }), form)
    if (!given.ok)
      throw new ChatError('bad_request', 'no action was chosen: go back, and choose one')
    if (given.value.do === 'publish') await publishHeld(runtime, admin, id.data)
    else await discardHeld(runtime, admin, id.data)
    return `/admin/held/?done=${given.value.do === 'publish' ? 'published' : 'discarded'}`
  })
}

/** Throws for words that cannot be stored. */
function linesOf(words: string): string[] {
  if (words.includes('\0') || !words.isWellFormed()) {
    throw new ValidationError([{ field: 'words', message: 'must not contain a NUL character' }])
  }
  return words
    .normalize('NFC')
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
