export const statements = [
  // [R1] A title in the form that a search compares: without case and accents, and the same whatever the locale of the
  // database is. It is computed when the title is set, because a search may have to look at all rooms.
  `alter table rooms add column title_folded text generated always as (
    lower(upper(normalize(regexp_replace(normalize(title, nfkd), '[\\u0300-\\u036f]+', '', 'g'), nfkc)
          collate pg_c_utf8))) stored`,
]
