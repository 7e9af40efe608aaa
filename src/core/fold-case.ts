/**
 * Upper and lower case mean the same, whatever the locale of the database is: in a Turkish one lower('I') is 'ı'.
 * So the collation is PostgreSQL's own. The indexes are of the same expressions (migrations/0006-names.ts).
 */
import { type RawBuilder, sql } from 'kysely'

/** What spellings of a username or of a room's name, which are ASCII, have in common. */
export function foldName(name: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`lower(${name} collate "C")`
}

/** What spellings of any other text have in common. Some letters share an upper case, such as 'σ' and 'ς', 'i' and 'ı'. */
export function foldText(text: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`lower(upper(${text} collate pg_c_utf8))`
}

/** Whether a folded text begins with a folded word: a range of an index, since the last of all code points comes after. */
export function beginsWith(text: RawBuilder<string>, word: RawBuilder<string>) {
  return sql<boolean>`(${text} >= ${word} and ${text} < ${word} || ${sql.lit('\u{10ffff}')})`
}
