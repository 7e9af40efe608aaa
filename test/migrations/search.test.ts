/** Messages from before the present rules for words. */
import { expect, test } from 'vitest'
import { migrateToLatest, migrations } from '../../migrations/index.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { schemaOf } from './lists.ts'
import { type Driver, openRunner } from './runner.ts'

const wordsOf = `select m.seq, cast(w.words as text) as words
  from messages m left join message_words w on w.message_id = m.id order by m.seq`

test.each<Driver>(['pg', 'data-api'])(
  '[M7] over %s, messages that were indexed by older rules are indexed again by a search',
  async (driver) => {
    await using database = await createEmptyDatabase()
    await using runner = await openRunner(driver, database.connection)
    const before = migrations.filter(({ name }) => name < '0003')
    await migrateToLatest(runner.db, { schema: schemaOf(before) })
    for (const statement of [
      `insert into rooms (kind, name, title) values ('public', 'old', 'Old')`,
      `insert into messages (room_id, seq, text, created_at, deleted_at, search) values
        (1, 1, 'nice 🎵', now(), null, '''1.0/nice'':1'), (1, 2, null, now(), now(), null)`,
    ]) {
      await database.query(statement)
    }
    await migrateToLatest(runner.db)
    await database.query('select index_words_v2(1, null, 1000, 1000)')
    expect(await database.query(wordsOf)).toEqual([
      { seq: '1', words: "'0.0/nice':1 '0.0/🎵':2 '1.0/nice':1 '1.0/🎵':2" },
      { seq: '2', words: null },
    ])
  },
)

test('[M7] the words of messages are taken along into their own table, and the others wait', async () => {
  await using database = await createEmptyDatabase()
  await using runner = await openRunner('pg', database.connection)
  const before = migrations.filter(({ name }) => name < '0022')
  await migrateToLatest(runner.db, { schema: schemaOf(before) })
  for (const statement of [
    `insert into rooms (kind, name, title) values ('private', 'old', 'Old')`,
    `insert into messages (room_id, seq, text, created_at, search) values
      (1, 1, 'tea', now(), '''1.0/tea'':1'), (1, 2, 'rain', now(), null)`,
  ]) {
    await database.query(statement)
  }
  await migrateToLatest(runner.db)
  expect(await database.query(wordsOf)).toEqual([
    { seq: '1', words: "'1.0/tea':1" },
    { seq: '2', words: null },
  ])
  expect(await database.query('select room_id, message_id from unindexed_messages')).toEqual([
    { room_id: '1', message_id: '2' },
  ])
})
