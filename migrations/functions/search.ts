/**
 * Search [M7]: words of any language, without a stemmer or an extension, and the same whatever the locale of the
 * database is (docs/decisions/search.md). Text and query go through the same functions. Words are indexed by who may
 * read them, so that a search costs what is found among what its caller may read, whatever is in others' rooms.
 */
/** Marks that a search does without: accents, points of Hebrew and Arabic, viramas, joiners. */
const marks = [
  String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff`,
  String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
  String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed`,
  String.raw`\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0cbc\u0ccd`,
  String.raw`\u0d3b\u0d3c\u0d4d\u0dca\u00ad\u200c\u200d\u2060\ufe00-\ufe0f`,
].join('')

/** Scripts that put no spaces between words, and Korean, whose words take endings: Thai, Lao, Burmese, Khmer, Hangul, kana, bopomofo, Han. */
const unspaced = [
  String.raw`\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17d3\u17d7-\u17e9`,
  String.raw`\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff`,
  String.raw`\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f`,
  String.raw`\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff`,
].join('')

/**
 * Messages of a room, and of all public rooms, whose words stand together in the index: a search looks at
 * them a stretch at a time, the newest first, until it has found enough.
 */
const roomStretch = 1_024
const publicStretch = 16_384

export const functions = [
  // What two spellings of a word have in common. The collation is PostgreSQL's own, for any locale. Some
  // characters stand for many, so it is cut.
  `create or replace function search_fold_v1(p_text text)
  returns text language plpgsql immutable parallel safe as $$
  begin
    if octet_length(p_text) = length(p_text) then return lower(p_text collate pg_c_utf8); end if;
    return left(replace(replace(replace(
      translate(
        lower(normalize(regexp_replace(normalize(p_text, nfkd), '[${marks}]+', '', 'g'), nfkc) collate pg_c_utf8),
        'ςıøłđ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९', 'σiold012345678901234567890123456789'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 8000);
  end $$`,

  // The words of a text. Where words have no spaces between them, each character stands with the one
  // after it, so that any part of such a text is found: as is_pair, but for the last one, which stands alone.
  `create or replace function search_words_v1(p_text text)
  returns table (place bigint, word text, is_unspaced boolean, is_pair boolean)
  language sql immutable parallel safe as $$
    select row_number() over (order by w.n, w.i), w.word, w.is_unspaced, w.is_pair
      from (select p.n, c.i, c.character || coalesce(c.next, '') as word, p.is_unspaced,
                   c.next is not null as is_pair
              from (select m.part[1] as part, m.n, m.part[1] ~ '^[${unspaced}]' as is_unspaced
                      from regexp_matches(
                             regexp_replace(search_fold_v1(p_text), '[${unspaced}]+', ' \\& ', 'g')
                               collate pg_c_utf8,
                             '[[:alnum:]${unspaced}]+', 'g') with ordinality as m(part, n)) p
             cross join lateral (
               select case when p.is_unspaced then string_to_array(p.part, null)
                           else array[left(p.part, 64)] end as characters) a
             cross join lateral unnest(a.characters, a.characters[2:])
                     with ordinality as c(character, next, i)) w
  $$`,

  // A word is indexed as <scope>/<word>, in each scope that a message stands in; p_scopes has spaces between.
  `create or replace function search_vector_v2(p_text text, p_scopes text)
  returns tsvector language plpgsql immutable parallel safe as $$
  declare
    v_words text := (select string_agg('''/' || w.word || ''':' || w.place, ' ') from search_words_v1(p_text) w);
  begin
    return cast((
      select string_agg(replace(v_words, '''/', '''' || s.scope || '/'), ' ')
        from string_to_table(p_scopes, ' ') s(scope)) as tsvector);
  end $$`,

  // A phrase of a query, which may be one word; null when there is no word in it. An unspaced character
  // by itself finds all that begins with it, as the last word does when it is still being typed.
  `create or replace function search_phrase_v2(p_text text, p_is_open boolean)
  returns tsquery language plpgsql immutable parallel safe as $$
  begin
    return cast((
      select string_agg(
               coalesce('<' || w.place - w.place_before || '> ', '') || '''/' || w.word || ''''
               || case when w.is_unspaced and not w.is_pair
                         or p_is_open and w.is_last and not w.is_unspaced and length(w.word) > 1
                       then ':*' else '' end,
               ' ' order by w.place)
        from (select x.*, lag(x.place) over (order by x.place) as place_before,
                     lead(x.place) over (order by x.place) is null as is_last
                from (select y.*, lag(y.is_pair) over (order by y.place) as follows_pair
                        from search_words_v1(p_text) y) x
               -- The last character of several is in the pair before it.
               where x.is_pair or not coalesce(x.follows_pair, false)) w) as tsquery);
  end $$`,

  /*
   * p_query is a JSON array of alternatives, each an array of {text, without?, open?}: phrases that a
   * message must have, must not have, and whose last word is still being typed. null when there is no
   * word to look for: an alternative that only says what must not be there would be all there is. Its
   * words are of no scope yet.
   */
  `create or replace function search_query_v2(p_query text)
  returns tsquery language plpgsql immutable as $$
  declare
    v_alternative jsonb;
    v_phrase record;
    v_with tsquery;
    v_without tsquery;
    v_query tsquery;
  begin
    for v_alternative in select a.value from jsonb_array_elements(cast(p_query as jsonb)) a loop
      v_with := null;
      v_without := null;
      for v_phrase in
        select search_phrase_v2(x.text, coalesce(x.open, false)) as words, coalesce(x.without, false) as without
          from jsonb_to_recordset(v_alternative) as x(text text, without boolean, open boolean)
      loop
        continue when v_phrase.words is null;
        if v_phrase.without then
          v_without := coalesce(v_without || v_phrase.words, v_phrase.words);
        else
          v_with := coalesce(v_with && v_phrase.words, v_phrase.words);
        end if;
      end loop;
      v_with := coalesce(v_with && !!v_without, v_with);
      v_query := coalesce(v_query || v_with, v_query, v_with);
    end loop;
    return v_query;
  end $$`,

  `create or replace function search_in_v1(p_query tsquery, p_scope text)
  returns tsquery language sql immutable parallel safe
  return cast(replace(cast(p_query as text), '''/', '''' || p_scope || '/') as tsquery)`,

  // The scopes that a message stands in.
  `create or replace function search_scopes_v1(p_kind text, p_room_id bigint, p_seq bigint, p_id bigint)
  returns text language sql immutable parallel safe
  return p_room_id || '.' || p_seq / ${roomStretch}
         || case p_kind when 'public' then ' 0.' || p_id / ${publicStretch} else '' end`,

  // Kept up to date by whatever writes a text; of a deleted message it is null. A column that is generated
  // cannot ask for the room's kind, which never changes.
  `create or replace function index_words_v1() returns trigger language plpgsql as $$
  begin
    new.search := search_vector_v2(new.text, (
      select search_scopes_v1(r.kind, r.id, new.seq, new.id) from rooms r where r.id = new.room_id));
    return new;
  end $$`,

  `create or replace trigger messages_words before insert or update of text on messages
    for each row execute function index_words_v1()`,

  /*
   * [M7] Messages with the words of p_query (see search_query_v2): in a room, or in all that a user may
   * read; of each scope at least its newest p_window, and the rest of the stretch that the last is in.
   * "offset 0" keeps the planner from reading all rooms, whatever it believes of tables without statistics.
   */
  `create or replace function find_messages_v1(p_user_id bigint, p_query text, p_room_id bigint, p_window bigint)
  returns table (message_id bigint, scope text) language plpgsql stable
  set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  declare
    v_query tsquery := search_query_v2(p_query);
    v_words tsquery;
    v_place record;
    v_rows bigint;
    v_found bigint;
  begin
    for v_place in
      select 0 as id, (select max(m.id) from messages m) / ${publicStretch} as stretches
       where p_room_id is null
      union all
      select r.id, r.last_seq / ${roomStretch} from rooms r
       where r.id = p_room_id and r.deleted_at is null
      union all
      select r.id, r.last_seq / ${roomStretch}
        from memberships own
       cross join lateral (
         select x.id, x.last_seq from rooms x
          where x.id = own.room_id and x.kind <> 'public' and x.deleted_at is null offset 0) r
       where own.user_id = p_user_id and p_room_id is null
    loop
      v_found := 0;
      for v_stretch in reverse coalesce(v_place.stretches, 0) .. 0 loop
        scope := v_place.id || '.' || v_stretch;
        v_words := search_in_v1(v_query, scope);
        return query
          select m.id, scope from messages m
           where m.search @@ v_words
             and (v_place.id <> 0
                  or exists (select from rooms r where r.id = m.room_id and r.deleted_at is null offset 0));
        get diagnostics v_rows = row_count;
        v_found := v_found + v_rows;
        exit when v_found >= p_window;
      end loop;
    end loop;
  end $$`,
]
