/**
 * Comparisons without regard to case must not depend on the locale of the database: in a Turkish one lower('I') is 'ı'.
 * So they name PostgreSQL's own collations. The indexes use the same expressions (migrations/0006-names.ts).
 */
import { type RawBuilder, sql } from 'kysely'

type Text = RawBuilder<unknown>

/** Folds a username or the name of a room. These are ASCII. */
export function foldName(name: Text): RawBuilder<string> {
  return sql<string>`lower(${name} collate "C")`
}

/** Folds an email address. */
export function foldEmail(email: Text): RawBuilder<string> {
  return sql<string>`lower(${email} collate pg_c_utf8)`
}

/**
 * Folds a text for people. Case, accents and compatibility forms do not count, and neither do the differences between
 * 'σ' and 'ς' or 'i' and 'ı'. The search of messages folds more (search_fold_v1).
 */
export function foldText(text: Text): RawBuilder<string> {
  return sql<string>`lower(upper(normalize(
    regexp_replace(normalize(${text}, nfkd), '[\\u0300-\\u036f]+', '', 'g'), nfkc) collate pg_c_utf8))`
}

/**
 * SQL for whether a folded text begins with a folded word that is not empty. It is a range of an index: the upper end
 * is the word with the last of all code points after it.
 */
export function beginsWith(text: RawBuilder<string>, word: RawBuilder<string>) {
  const start = sql`nullif(${word}, '')`
  return sql<boolean>`(${text} >= ${start} and ${text} < ${start} || ${sql.lit('\u{10ffff}')})`
}
