/** [S2] The words that hold a message until an admin has reviewed it. */
import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import { ValidationError } from '../errors.ts'
import { hasAtMost } from '../../protocol/visible.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

/** Every text is searched for every word. */
export const heldWordsMax = 500
export const heldWordMaxCodePoints = 64

export async function listHeldWords(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('held_words').orderBy('word').select('word').execute()
  return rows.map(({ word }) => word)
}

const fault = (message: string) => new ValidationError([{ field: 'words', message }])

/**
 * Replaces the words and phrases. A `*` at the end stands for any rest of the last word. Throws ValidationError for the
 * field `words`, which says what is wrong.
 */
export async function setHeldWords(db: Db, admin: Admin, words: readonly string[]): Promise<void> {
  const wanted = [...new Set(words)]
  if (wanted.length > heldWordsMax) throw fault(`must be at most ${heldWordsMax}`)
  const long = wanted.find((word) => !hasAtMost(word, heldWordMaxCodePoints))
  if (long !== undefined) {
    const beginning = Array.from(long).slice(0, heldWordMaxCodePoints).join('')
    throw fault(
      `must have at most ${heldWordMaxCodePoints} characters each: shorten “${beginning}…”`,
    )
  }
  await db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const before = await trx.selectFrom('held_words').select('word').execute()
    const { rows } = await sql<{ word: string; compared: string }>`
      select x.word, case when right(x.word, 1) = '*' then rtrim(c.words) else c.words end as compared
        from jsonb_array_elements_text(cast(${JSON.stringify(wanted)} as jsonb)) x(word)
       cross join lateral (select compared_words_v1(x.word) as words) c`.execute(trx)
    const empty = rows.find(({ compared }) => compared.trim() === '')
    if (empty) {
      throw fault(`must have a letter, a digit or an emoji each: change or remove “${empty.word}”`)
    }
    await trx.deleteFrom('held_words').execute()
    if (rows.length > 0)
      await trx
        .insertInto('held_words')
        .values([...rows])
        .execute()
    const old = new Set(before.map(({ word }) => word))
    const added = wanted.filter((word) => !old.has(word))
    const removed = [...old].filter((word) => !wanted.includes(word))
    if (added.length + removed.length === 0) return
    await writeAudit(trx, admin, {
      action: 'set_words',
      before: { removed },
      after: { added },
      reason: [listed('added', added), listed('removed', removed)].filter(Boolean).join('; '),
    })
  })
}

/** Text for the audit log that names the first few words. */
function listed(what: string, words: readonly string[]): string {
  const shown = 10
  if (words.length === 0) return ''
  const more = words.length > shown ? ` and ${words.length - shown} more` : ''
  return `${what} ${words.slice(0, shown).join(', ')}${more}`
}
