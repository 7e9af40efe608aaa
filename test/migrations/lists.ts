import type { Migration, Schema } from '../../migrations/index.ts'

export const small: readonly Migration[] = [
  { name: '1', statements: ['create table one (n bigint)'] },
  { name: '2', statements: ['create table two (n bigint)', 'insert into two values (2)'] },
  { name: '3', statements: ['drop table one'] },
]

/** `small`, but the second migration waits for the gate in its middle. */
export const gated: readonly Migration[] = small.map((migration) =>
  migration.name !== '2'
    ? migration
    : {
        name: '2',
        statements: [
          'create table two (n bigint)',
          'do $$ begin perform pg_advisory_xact_lock(1); end $$',
          'insert into two values (2)',
        ],
      },
)

/** A schema with migrations alone. */
export const schemaOf = (migrations: readonly Migration[]): Schema => ({
  migrations,
  functions: [],
})
