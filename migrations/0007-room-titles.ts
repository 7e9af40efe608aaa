export const statements = [
  // [R1] A title as a search compares it: without case and accents, however these are written, and whatever the
  // locale of the database is. It is made when a title is given, because a search may look at all rooms.
  `alter table rooms add column title_folded text generated always as (
    lower(upper(normalize(regexp_replace(normalize(title, nfkd), '[\\u0300-\\u036f]+', '', 'g'), nfkc)
          collate pg_c_utf8))) stored`,
]
