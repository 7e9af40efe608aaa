/**
 * The search for users by what they call themselves [A5]. The fold is that of the index users_by_display_name
 * (0006-names.ts), and of foldText in src/core/names/fold-case.ts.
 */
const folded = String.raw`lower(upper(normalize(
    regexp_replace(normalize(u.display_name, nfkd), '[\u0300-\u036f]+', '', 'g'), nfkc) collate pg_c_utf8))`

export const functions = [
  // The first users in the order of their display names, of those whose display name begins with p_word, which is
  // folded as the index is. They are read in the order of the index, and no more than p_limit of them, whatever the
  // planner believes of how many there are: it knows nothing of a partial index. Nothing that begins with a word comes after it and the last code point.
  `create or replace function users_named_v1(p_word text, p_limit bigint)
  returns table (id bigint, username text, display_name text, bio text)
  language sql stable set enable_seqscan = off set enable_bitmapscan = off as $$
    select u.id, u.username, u.display_name, u.bio
      from users u
     where u.deleted_at is null and u.display_name is not null
       and ${folded} >= p_word and ${folded} < p_word || '\u{10ffff}'
     order by ${folded}, u.id
     limit p_limit
  $$`,
]
