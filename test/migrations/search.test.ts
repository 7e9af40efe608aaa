/** Messages from before the present rules for words. */
import { expect, test } from 'vitest'
import { migrateToLatest, migrations } from '../../migrations/index.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { schemaOf } from './lists.ts'
import { type Driver, openRunner } from './runner.ts'

test.each<Driver>(['pg', 'data-api'])(
  '[M7] over %s, existing messages are indexed again',
  async (driver) => {
    await using database = await createEmptyDatabase()
    await using runner = await openRunner(driver, database.connection)
    const before = migrations.filter(({ name }) => name < '0003')
    await migrateToLatest(runner.db, { schema: schemaOf(before) })
    for (const statement of [
      `insert into rooms (kind, name, title) values ('private', 'old', 'Old')`,
      `insert into messages (room_id, seq, text, created_at, deleted_at, search) values
        (1, 1, 'nice 🎵', now(), null, '''1.0/nice'':1'), (1, 2, null, now(), now(), null)`,
    ]) {
      await database.query(statement)
    }
    await migrateToLatest(runner.db)
    expect(
      await database.query('select cast(search as text) as words from messages order by seq'),
    ).toEqual([{ words: "'1.0/nice':1 '1.0/🎵':2" }, { words: null }])
  },
)
