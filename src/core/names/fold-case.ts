/**
 * Upper and lower case mean the same, whatever the locale of the database is: in a Turkish one lower('I') is 'ı'.
 * So the collations are PostgreSQL's own. The indexes are of the same expressions (migrations/0006-names.ts).
 */
import { type RawBuilder, sql } from 'kysely'

type Text = RawBuilder<unknown>

/** What spellings of a username or of a room's name have in common: these are ASCII. */
export function foldName(name: Text): RawBuilder<string> {
  return sql<string>`lower(${name} collate "C")`
}

/** What spellings of an email address have in common. */
export function foldEmail(email: Text): RawBuilder<string> {
  return sql<string>`lower(${email} collate pg_c_utf8)`
}

/** What spellings of a text for people have in common: case, also of 'σ' and 'ς' or 'i' and 'ı', accents and forms do not count. The search of messages folds more (search_fold_v1). */
export function foldText(text: Text): RawBuilder<string> {
  return sql<string>`lower(upper(normalize(
    regexp_replace(normalize(${text}, nfkd), '[\\u0300-\\u036f]+', '', 'g'), nfkc) collate pg_c_utf8))`
}

/**
 * Whether a folded text begins with a folded word, of which something is left: a range of an index, since the last of
 * all code points comes after it.
 */
export function beginsWith(text: RawBuilder<string>, word: RawBuilder<string>) {
  const start = sql`nullif(${word}, '')`
  return sql<boolean>`(${text} >= ${start} and ${text} < ${start} || ${sql.lit('\u{10ffff}')})`
}
